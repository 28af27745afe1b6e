using AgentOps.Contracts;
using AgentOps.Ledger;
using AgentOps.Hosting;
using Aspire.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace AgentOps.Tests;

/// <summary>One service, and what it stands on where it is tested alone: a PostgreSQL with the ledger, a RabbitMQ, and the ledger in the other services' hands.</summary>
internal sealed class ServiceInfrastructure : IAsyncDisposable
{
    public const string ServiceKey = "a-service-key-that-is-only-for-tests";
    private const string Password = "only-for-this-test";
    private readonly Dictionary<string, LedgerStore> _stores = [];
    private readonly DirectoryInfo _artifacts = Directory.CreateTempSubdirectory("service-tests-");
    private readonly DistributedApplication _servers;
    private readonly string _ledger;
    private WebApplication? _service;

    private ServiceInfrastructure(DistributedApplication servers, string ledger, string broker) => (_servers, _ledger, Broker) = (servers, ledger, broker);

    public static async Task<ServiceInfrastructure> StartAsync()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Ephemeral = true });
        builder.AddPostgres("postgres").AddDatabase("ledger");
        builder.AddRabbitMQ("rabbitmq");
        var servers = builder.Build();
        await servers.StartAsync();
        var ledger = (await servers.GetConnectionStringAsync("ledger"))!;
        await LedgerMigration.RunAsync(ledger, [.. ServiceRole.Names.Select(name => new ServiceRole(name, Password))]);
        return new(servers, ledger, (await servers.GetConnectionStringAsync("rabbitmq"))!);
    }

    /// <summary>How the database's administrator comes in, also after it was away.</summary>
    public string Administrator => new NpgsqlConnectionStringBuilder(_ledger) { Pooling = false }.ConnectionString;

    /// <summary>RabbitMQ's address.</summary>
    public string Broker { get; }

    /// <summary>The service, once it was started.</summary>
    public WebApplication Service => _service!;

    public LedgerStore Ledger => Service.Services.GetRequiredService<LedgerStore>();

    /// <summary>What the AppHost would give a service, as command line arguments.</summary>
    /// <param name="artifacts">The folder of the artifact store; one that goes with this where nothing else is said.</param>
    public string[] Settings(string service, string? artifacts = null) =>
    [
        "--urls=http://127.0.0.1:0",
        $"--ConnectionStrings:ledger={ConnectionString(service)}",
        $"--ConnectionStrings:rabbitmq={Broker}",
        $"--AGENTOPS_ARTIFACTS={artifacts ?? _artifacts.FullName}",
        $"--AGENTOPS_SUBJECT_KEYS={Path.Combine(_artifacts.FullName, "subject-keys")}",
        $"--AGENTOPS_SERVICE_KEY={ServiceKey}",
    ];

    /// <summary>Starts the service, which is stopped before what it stands on.</summary>
    /// <param name="map">Gives it its endpoints.</param>
    public async Task StartAsync(ServiceHost host, Action<WebApplication>? map = null)
    {
        _service = host.Build();
        map?.Invoke(_service);
        await _service.StartAsync();
    }

    /// <summary>Takes PostgreSQL and RabbitMQ away from the service.</summary>
    public Task StopServersAsync() => _servers.StopAsync();

    /// <summary>Brings them back where they were, with their data.</summary>
    public Task StartServersAsync() => _servers.StartAsync();

    /// <summary>The ledger in a service's hands.</summary>
    public LedgerStore StoreOf(string service) =>
        _stores.TryGetValue(service, out var store) ? store : _stores[service] = new LedgerStore(LedgerDataSource.Create(ConnectionString(service)), AllEvents.Registry, new Producer(service, "test"));

    /// <summary>Appends facts under the role of the service whose they are.</summary>
    public async Task AppendAsync(string service, RunId run, string stream, params IEvent[] facts)
    {
        await StoreOf(service).AppendAsync([new StreamWrite(stream, Expected.Any, [.. facts.Select(f => new NewEvent(Guid.CreateVersion7(), f))])], new EventContext($"service:{service}", run.Value));
    }

    /// <summary>Waits for a stream's first event of a kind that is such; far above what it needs.</summary>
    public async Task<T> NextAsync<T>(string stream, Func<T, bool> which) where T : class, IEvent
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromMinutes(2));
        while (true)
        {
            var head = await Ledger.HeadAsync(patience.Token);
            await foreach (var stored in Ledger.ReadStreamAsync(stream, ct: patience.Token))
                if (stored.Data is T fact && which(fact))
                    return fact;
            await Ledger.WaitBeyondAsync(head, patience.Token);
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores.Values)
            await store.DisposeAsync();
        if (_service is not null)
        {
            await _service.StopAsync();
            await _service.DisposeAsync();
        }
        await _servers.DisposeAsync();
        _artifacts.Delete(recursive: true);
    }

    /// <summary>How a service comes into the database.</summary>
    public string ConnectionString(string service) => new NpgsqlConnectionStringBuilder(_ledger) { Username = service, Password = Password }.ConnectionString;
}
