using AgentOps.Contracts;
using AgentOps.Ledger;
using Aspire.Hosting;
using Npgsql;

namespace AgentOps.LedgerBenchmark;

/// <summary>A PostgreSQL of this run's own, started through the app model: the migrated ledger, and the floor's table beside it.</summary>
internal sealed class PrivateLedger : IAsyncDisposable
{
    private const string Registry = "registry";

    private readonly DistributedApplication _app;
    private readonly NpgsqlDataSource _admin;

    private PrivateLedger(DistributedApplication app, string admin, string service, string registry)
    {
        _app = app;
        FloorConnectionString = new NpgsqlConnectionStringBuilder(admin) { SearchPath = "floor", MaxPoolSize = 20, MaxAutoPrepare = 40 }.ConnectionString;
        ServiceConnectionString = service;
        _admin = NpgsqlDataSource.Create(admin);
        Floor = NpgsqlDataSource.Create(FloorConnectionString);
        Service = LedgerDataSource.Create(service);
        RegistryConnectionString = registry;
        Store = new LedgerStore(Service, AllEvents.Registry, Sample.Producer);
    }

    /// <summary>The floor's connections: prepared statements like the ledger's, and a role without the services' timeouts.</summary>
    public NpgsqlDataSource Floor { get; }

    public NpgsqlDataSource Service { get; }

    public LedgerStore Store { get; }

    public string FloorConnectionString { get; }

    public string ServiceConnectionString { get; }

    /// <summary>Of the service that keeps the tree and signs it.</summary>
    public string RegistryConnectionString { get; }

    public static async Task<PrivateLedger> StartAsync()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Ephemeral = true, Output = Console.Error });
        builder.AddPostgres("postgres").AddDatabase("ledger");
        var app = builder.Build();
        try
        {
            await app.StartAsync();
            return await CreateAsync(app);
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
    }

    /// <summary>As the superuser.</summary>
    public async Task<object?> AdminAsync(string sql)
    {
        await using var command = _admin.CreateCommand(sql);
        return await command.ExecuteScalarAsync();
    }

    /// <summary>So that each measurement starts with the same: nothing left to be cleaned up or written from the one before.</summary>
    public async Task SettleAsync()
    {
        foreach (var table in (string[])["ledger.event", "ledger.head", "floor.event"])
            await AdminAsync($"VACUUM (ANALYZE) {table}");
        await AdminAsync("CHECKPOINT");
    }

    private static async Task<PrivateLedger> CreateAsync(DistributedApplication app)
    {
        var admin = (await app.GetConnectionStringAsync("ledger"))!;
        var password = Guid.NewGuid().ToString("N");
        await LedgerMigration.RunAsync(admin, [new ServiceRole(Sample.Service, password), new ServiceRole(Registry, password)]);
        var ledger = new PrivateLedger(app, admin, As(Sample.Service), As(Registry));
        await ledger.AdminAsync("CREATE SCHEMA floor; CREATE TABLE floor.event (LIKE ledger.event INCLUDING INDEXES)");
        return ledger;

        string As(string role) => new NpgsqlConnectionStringBuilder(admin) { Username = role, Password = password }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        await Store.DisposeAsync();
        await Service.DisposeAsync();
        await Floor.DisposeAsync();
        await _admin.DisposeAsync();
        await _app.DisposeAsync();
    }
}
