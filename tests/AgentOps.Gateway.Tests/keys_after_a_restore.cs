using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Tests;
using Npgsql;

namespace AgentOps.Gateway.Tests;

/// <summary>The database is put back to an older backup under a gateway that runs.</summary>
public sealed class keys_after_a_restore : IAsyncLifetime
{
    private static readonly Caller Admin = new("admin", Role.Admin);
    private ServiceInfrastructure _infrastructure = null!;
    private LedgerStore _store = null!;

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        _store = _infrastructure.StoreOf("gateway");
    }

    public async Task DisposeAsync() => await _infrastructure.DisposeAsync();

    [Fact]
    public async Task What_the_older_ledger_does_not_have_is_no_key_and_what_was_revoked_since_is_none_either()
    {
        using KeyRing running = new(_store, "the stack's own"), another = new(_store, "the stack's own");
        var kept = await running.CreateAsync("kept", Role.Viewer, Admin, CancellationToken.None);
        var lost = await running.CreateAsync("lost", Role.Viewer, Admin, CancellationToken.None);

        await ForgetTheLastEventAsync();
        await another.StartAsync(CancellationToken.None);
        await another.RevokeAsync(kept.Key.Id, Admin, CancellationToken.None);
        var later = await running.CreateAsync("later", Role.Viewer, Admin, CancellationToken.None);

        Assert.Equal(["later"], running.After(null).Select(key => key.Name));
        Assert.Equal((null, null, "later"), (running.Identify(kept.Secret), running.Identify(lost.Secret), running.Identify(later.Secret)?.Actor));
        await another.StopAsync(CancellationToken.None);
    }

    private async Task ForgetTheLastEventAsync()
    {
        await using var connection = new NpgsqlConnection(_infrastructure.Administrator);
        await connection.OpenAsync();
        await using var forget = new NpgsqlCommand("""
            ALTER TABLE ledger.event DISABLE TRIGGER USER;
            DELETE FROM ledger.event WHERE position = (SELECT position FROM ledger.head);
            UPDATE ledger.head SET position = position - 1;
            ALTER TABLE ledger.event ENABLE TRIGGER USER;
            """, connection);
        await forget.ExecuteNonQueryAsync();
    }
}
