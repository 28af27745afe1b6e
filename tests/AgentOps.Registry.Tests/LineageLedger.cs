using AgentOps.Contracts;
using AgentOps.Ledger;
using AgentOps.Registry;
using AgentOps.Tests;
using Aspire.Hosting;
using Npgsql;

namespace AgentOps.Registry.Tests;

/// <summary>An event that says nothing but what it read and made.</summary>
public sealed record Happening(IReadOnlyList<Reference> Inputs, IReadOnlyList<Reference> Outputs) : IEvent;

/// <summary>A PostgreSQL with the ledger and the view of lineage, into which tests write what happened.</summary>
public sealed class LineageLedger : IAsyncLifetime
{
    private const string Password = "only-for-this-test";
    private static readonly EventRegistry Events = new([.. AllEvents.Registry.Types, EventType.Of<Happening>("run.happening.v1")]);
    private readonly Dictionary<string, LedgerStore> _stores = [];
    private Projection? _view;
    // Ends with the database.
    private Task _following = Task.CompletedTask;
    private DistributedApplication? _app;
    private string _ledger = "";

    public NpgsqlDataSource Db { get; private set; } = null!;

    public LedgerStore Store => StoreOf("registry");

    public async Task InitializeAsync()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Ephemeral = true });
        builder.AddPostgres("postgres").AddDatabase("ledger");
        _app = builder.Build();
        await _app.StartAsync();
        _ledger = (await _app.GetConnectionStringAsync("ledger"))!;
        await LedgerMigration.RunAsync(_ledger, [.. ServiceRole.Names.Select(name => new ServiceRole(name, Password))]);
        Db = LedgerDataSource.Create(As("registry"));
        _view = new(Store, "registry", LineageView.Definition);
        _following = _view.RunAsync(CancellationToken.None);
    }

    public async Task DisposeAsync()
    {
        foreach (var store in _stores.Values)
            await store.DisposeAsync();
        if (Db is not null)
            await Db.DisposeAsync();
        if (_app is not null)
            await _app.DisposeAsync();
    }

    /// <returns>The event's position.</returns>
    public async Task<long> HappenedAsync(Guid? run, Reference[] read, Reference[] made) =>
        (await StoreOf("pipeline").AppendAsync([new("run-facts", Expected.Any, [NewEvent.Of(new Happening(read, made))])], new EventContext("ada", run))).Position;

    internal async Task HappenedAsync(IEnumerable<PipelineFact> facts)
    {
        foreach (var fact in facts)
            await StoreOf(fact.Service.Replace('-', '_')).AppendAsync([new(fact.Stream, Expected.Any, [NewEvent.Of(fact.Data)])], new EventContext($"service:{fact.Service}", fact.Run.Value));
    }

    /// <summary>Waits until the view shows what has happened until now.</summary>
    public async Task SeenAsync()
    {
        if (_following.IsCompleted)
            await _following;
        Assert.Equal(0, await _view!.WaitForAsync(await Store.HeadAsync(), TimeSpan.FromMinutes(1)));
    }

    /// <summary>One more store of a service, with connections of its own.</summary>
    public LedgerStore Another(string service) => _stores[$"{service} {_stores.Count}"] = Opened(service);

    private LedgerStore StoreOf(string service)
    {
        if (!_stores.TryGetValue(service, out var store))
            _stores[service] = store = Opened(service);
        return store;
    }

    private LedgerStore Opened(string service) => new(LedgerDataSource.Create(As(service)), Events, new Producer(service, "test"));

    private string As(string role) => new NpgsqlConnectionStringBuilder(_ledger) { Username = role, Password = Password }.ConnectionString;
}

[CollectionDefinition(Name)]
public sealed class OneLineageLedger : ICollectionFixture<LineageLedger>
{
    public const string Name = "one lineage ledger";
}
