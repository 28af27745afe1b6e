using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Ledger;
using AgentOps.Registry;
using AgentOps.Tests;
using Aspire.Hosting;
using Npgsql;

namespace AgentOps.LineageBenchmark;

/// <summary>A PostgreSQL of this run's own, started through the app model, with the ledger in all services' hands and Registry's view of lineage.</summary>
internal sealed class PrivateLedger : IAsyncDisposable
{
    private const int EventsPerCall = 200;
    private readonly DistributedApplication _app;
    private readonly string _admin;
    private readonly string _password = Guid.NewGuid().ToString("N");
    private readonly Dictionary<string, LedgerStore> _stores = [];
    private readonly DirectoryInfo _artifacts = Directory.CreateTempSubdirectory("lineage-benchmark-");

    private PrivateLedger(DistributedApplication app, string admin)
    {
        _app = app;
        _admin = admin;
        Artifacts = new(_artifacts.FullName);
    }

    /// <summary>As Registry reads.</summary>
    public NpgsqlDataSource Db { get; private set; } = null!;

    public LedgerStore Store => StoreOf("registry");

    public ArtifactStore Artifacts { get; }

    public static async Task<PrivateLedger> StartAsync()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Ephemeral = true, Output = Console.Error });
        builder.AddPostgres("postgres").AddDatabase("ledger");
        var app = builder.Build();
        await app.StartAsync();
        var ledger = new PrivateLedger(app, (await app.GetConnectionStringAsync("ledger"))!);
        await LedgerMigration.RunAsync(ledger._admin, [.. ServiceRole.Names.Select(name => new ServiceRole(name, ledger._password))]);
        ledger.Db = LedgerDataSource.Create(ledger.As("registry"));
        return ledger;
    }

    /// <summary>Appends a run's facts in their order.</summary>
    public async Task AppendAsync(IReadOnlyList<PipelineFact> facts)
    {
        for (var at = 0; at < facts.Count;)
        {
            var writes = new List<StreamWrite>();
            var first = facts[at];
            // A stream to which an append comes back would come before what stands between.
            for (var count = 0; at < facts.Count && count < EventsPerCall && facts[at].Service == first.Service && writes.All(write => write.Stream != facts[at].Stream);)
            {
                var events = facts.Skip(at).TakeWhile(fact => fact.Stream == facts[at].Stream).Select(fact => NewEvent.Of(fact.Data)).ToList();
                writes.Add(new(facts[at].Stream, Expected.Any, events));
                (at, count) = (at + events.Count, count + events.Count);
            }
            await StoreOf(first.Service.Replace('-', '_')).AppendAsync(writes, new EventContext($"service:{first.Service}", first.Run.Value));
        }
    }

    /// <summary>Builds the view, and does at once what autovacuum would do by and by.</summary>
    public async Task SeeAsync()
    {
        await new Projection(Store, "registry", LineageView.Definition).RebuildAsync();
        await AdminAsync("VACUUM ANALYZE");
        await AdminAsync("CHECKPOINT");
    }

    public async Task<object?> AdminAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_admin);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection) { CommandTimeout = 600 };
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var store in _stores.Values)
            await store.DisposeAsync();
        await Db.DisposeAsync();
        await _app.DisposeAsync();
        _artifacts.Delete(recursive: true);
    }

    private LedgerStore StoreOf(string service)
    {
        if (!_stores.TryGetValue(service, out var store))
            _stores[service] = store = new LedgerStore(LedgerDataSource.Create(As(service)), AllEvents.Registry, new Producer(service, "benchmark"));
        return store;
    }

    private string As(string role) => new NpgsqlConnectionStringBuilder(_admin) { Username = role, Password = _password }.ConnectionString;
}
