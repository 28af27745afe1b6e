using Npgsql;

namespace AgentOps.EndToEnd.Tests;

/// <summary>A place in a stream that an uncommitted row holds: who appends there hangs in the middle of it, until the place is given back.</summary>
public sealed class TakenPlace : IAsyncDisposable
{
    private readonly NpgsqlConnection _holder;
    private readonly NpgsqlConnection _observer;

    private TakenPlace(NpgsqlConnection holder, NpgsqlConnection observer)
    {
        _holder = holder;
        _observer = observer;
    }

    private string Hangs => $"{_holder.ProcessID} = ANY (pg_blocking_pids(pid))";

    /// <param name="version">The stream's version that nobody else gets meanwhile.</param>
    public static async Task<TakenPlace> TakeAsync(Stack stack, string stream, int version)
    {
        var taken = new TakenPlace(await stack.AdministrateAsync(), await stack.AdministrateAsync());
        // The ledger's triggers refuse such a row to everybody; this session passes them by, and never commits.
        await ExecuteAsync(taken._holder, $"""
            BEGIN;
            SET LOCAL session_replication_role = replica;
            INSERT INTO ledger.event (position, id, stream, version, type, data, meta, at, leaf)
            VALUES (-pg_backend_pid(), gen_random_uuid(), '{stream}', {version}, 'tests', 'null', 'null', now(), '');
            """);
        return taken;
    }

    /// <summary>Returns when a service's append hangs here.</summary>
    public Task WaitForAsync(string service) => Patience.UntilAsync($"{service} to hang in its append", async () =>
        await ExecuteAsync(_observer, $"SELECT usename FROM pg_stat_activity WHERE {Hangs}") as string == service.Replace('-', '_') ? service : null);

    /// <summary>Returns when a second append of the service waits behind the one that hangs here.</summary>
    public Task WaitForSecondAsync(string service) => Patience.UntilAsync($"{service} to append once more", async () =>
        await ExecuteAsync(_observer, $"""
            SELECT usename FROM pg_stat_activity
            WHERE usename = '{service.Replace('-', '_')}' AND wait_event_type = 'Lock' AND query LIKE '%ledger.append%' AND NOT {Hangs}
                AND EXISTS (SELECT FROM pg_stat_activity WHERE {Hangs})
            """) is null ? null : service);

    /// <summary>Ends the session that hangs here, so that nothing of its append is stored. Without this call it commits when the place is given back.</summary>
    public Task EndHangingAsync() => ExecuteAsync(_observer, $"SELECT count(pg_terminate_backend(pid, 60000)) FROM pg_stat_activity WHERE {Hangs}");

    public async ValueTask DisposeAsync()
    {
        await _holder.DisposeAsync();
        await _observer.DisposeAsync();
    }

    private static async Task<object?> ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }
}
