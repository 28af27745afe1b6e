using System.Net;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using MassTransit;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace AgentOps.Gateway.Tests;

/// <summary>The gateway on a PostgreSQL and a RabbitMQ of its own, which can be taken away from it; the services behind it are not there.</summary>
public sealed class GatewayService : IAsyncLifetime
{
    private const string AdminKey = "the-admin-key-of-the-tests";
    private ServiceInfrastructure _infrastructure = null!;

    public Api Admin => With(AdminKey);

    public Api With(string? key) => new(new Uri(_infrastructure.Service.Urls.Single()), key);

    public LedgerStore Ledger => _infrastructure.Ledger;

    public AccessLog Log => _infrastructure.Service.Services.GetRequiredService<AccessLog>();

    public async Task<Api> WithRoleAsync(Role role)
    {
        var created = await Admin.PostAsync("/api/v1/keys", new { name = $"a key of the role {role}", role = role.ToString().ToLowerInvariant() });
        return With(created.Is(HttpStatusCode.Created).Json.GetProperty("key").GetString());
    }

    /// <summary>The command line as its user types it, with the administrator's key.</summary>
    public string[] CommandLine(params string[] words) => [.. words, "--url", _infrastructure.Service.Urls.Single(), "--key", AdminKey];

    public IBusControl Consuming(WorkQueue queue, Action<WakeUp> consume) => ImpatientConsumer.On(_infrastructure.Broker, queue, consume);

    /// <summary>PostgreSQL and RabbitMQ are away for as long as it takes.</summary>
    public async Task WithoutServersAsync(Func<Task> meanwhile)
    {
        await _infrastructure.StopServersAsync();
        try
        {
            await meanwhile();
        }
        finally
        {
            await _infrastructure.StartServersAsync();
        }
    }

    /// <summary>Nobody's append comes to its end meanwhile.</summary>
    public async Task WithAppendsHeldAsync(Func<Task> meanwhile)
    {
        await using var connection = new NpgsqlConnection(_infrastructure.Administrator);
        await connection.OpenAsync();
        await using var holding = await connection.BeginTransactionAsync();
        await using (var held = new NpgsqlCommand("SELECT position FROM ledger.head FOR UPDATE", connection, holding))
            await held.ExecuteScalarAsync();
        await meanwhile();
        await holding.RollbackAsync();
    }

    /// <summary>Returns when the gateway's append waits for its turn.</summary>
    public Task AppendWaitsAsync() => Patience.UntilAsync("the append", async () =>
    {
        await using var connection = new NpgsqlConnection(_infrastructure.Administrator);
        await connection.OpenAsync();
        await using var waiting = new NpgsqlCommand("SELECT count(*) FROM pg_stat_activity WHERE usename = 'gateway' AND wait_event_type = 'Lock'", connection);
        return (long)(await waiting.ExecuteScalarAsync())! > 0 ? "waiting" : null;
    });

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        var host = ServiceHost.Create(
        [
            .. _infrastructure.Settings("gateway"),
            .. Routes.Services.Select(service => $"--services:{service}:http:0=http://127.0.0.1:1"),
        ], "gateway");
        host.AddGateway(AdminKey);
        host.Services.AddSingleton<TimeProvider>(new HurriedTime());
        await _infrastructure.StartAsync(host, app => app.MapGateway());
    }

    public async Task DisposeAsync() => await _infrastructure.DisposeAsync();
}

[CollectionDefinition(Name)]
public sealed class OneGateway : ICollectionFixture<GatewayService>
{
    public const string Name = "one gateway";
}
