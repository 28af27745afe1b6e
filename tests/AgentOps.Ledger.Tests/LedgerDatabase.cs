using AgentOps.Contracts;
using Npgsql;

namespace AgentOps.Ledger.Tests;

/// <summary>A migrated, empty ledger in a database of its own, and its services' stores.</summary>
public sealed class LedgerDatabase : IAsyncDisposable
{
    private const string Password = "only-for-this-test";
    private readonly List<IAsyncDisposable> _open = [];
    private readonly NpgsqlConnectionStringBuilder _admin;

    private LedgerDatabase(NpgsqlConnectionStringBuilder admin) => _admin = admin;

    public string AdminConnectionString => _admin.ConnectionString;

    public static IReadOnlyList<ServiceRole> Roles => [.. ServiceRole.Names.Select(name => new ServiceRole(name, Password))];

    public static async Task<LedgerDatabase> CreateAsync(PrivatePostgres postgres)
    {
        var name = "ledger_" + Guid.NewGuid().ToString("N")[..8];
        var migrated = new NpgsqlConnectionStringBuilder(postgres.AdminConnectionString);
        await using var server = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(postgres.AdminConnectionString) { Database = "postgres" }.ConnectionString);
        await server.OpenAsync();
        await using var create = new NpgsqlCommand($"CREATE DATABASE {name} TEMPLATE {migrated.Database}", server);
        await create.ExecuteNonQueryAsync();
        return new LedgerDatabase(new(postgres.AdminConnectionString) { Database = name });
    }

    public string ConnectionString(string service) =>
        new NpgsqlConnectionStringBuilder(AdminConnectionString) { Username = service, Password = Password, Pooling = true }.ConnectionString;

    public NpgsqlDataSource DataSource(string service) => Keep(LedgerDataSource.Create(ConnectionString(service)));

    public LedgerStore Store(string service = "trainer", EventRegistry? registry = null) =>
        Keep(new LedgerStore(DataSource(service), registry ?? Facts.Registry, new Producer(service, "test")));

    /// <summary>As the superuser, whom no grant stops.</summary>
    public async Task<object?> AdminAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(AdminConnectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var open in Enumerable.Reverse(_open))
            await open.DisposeAsync();
    }

    private T Keep<T>(T open) where T : IAsyncDisposable
    {
        _open.Add(open);
        return open;
    }
}

/// <summary>The classes of this collection share one server, each test has its own database.</summary>
[CollectionDefinition("postgres")]
public sealed class PostgresCollection : ICollectionFixture<PrivatePostgres>;

/// <summary>A fresh ledger for every test.</summary>
[Collection("postgres")]
public abstract class LedgerTest(PrivatePostgres postgres) : IAsyncLifetime
{
    protected PrivatePostgres Postgres { get; } = postgres;

    protected LedgerDatabase Ledger { get; private set; } = null!;

    public async Task InitializeAsync() => Ledger = await LedgerDatabase.CreateAsync(Postgres);

    public async Task DisposeAsync() => await Ledger.DisposeAsync();
}
