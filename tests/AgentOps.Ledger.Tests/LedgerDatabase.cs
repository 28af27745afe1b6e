using AgentOps.Contracts;
using Npgsql;

namespace AgentOps.Ledger.Tests;

/// <summary>A migrated, empty ledger and its services' stores.</summary>
public sealed class LedgerDatabase : IAsyncDisposable
{
    private const string Password = "only-for-this-test";
    private readonly List<IAsyncDisposable> _open = [];
    private readonly NpgsqlConnectionStringBuilder _admin;

    private LedgerDatabase(NpgsqlConnectionStringBuilder admin) => _admin = admin;

    public string AdminConnectionString => _admin.ConnectionString;

    public static IReadOnlyList<ServiceRole> Roles => [.. ServiceRole.Names.Select(name => new ServiceRole(name, Password))];

    /// <summary>Empties the database of the test before and migrates it again: far cheaper than a database each.</summary>
    public static async Task<LedgerDatabase> CreateAsync(PrivatePostgres postgres)
    {
        var ledger = new LedgerDatabase(new(postgres.AdminConnectionString));
        var services = ServiceRole.Names.SelectMany(name => new[] { name, name + "_rebuild" });
        await ledger.AdminAsync($"""
            SET client_min_messages = warning;
            SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend';
            DROP SCHEMA IF EXISTS ledger, public, {string.Join(", ", services)} CASCADE;
            CREATE SCHEMA public;
            """);
        await LedgerMigration.RunAsync(ledger.AdminConnectionString, Roles, Password);
        return ledger;
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

/// <summary>The classes of this collection share one server and run one after the other, each test on an empty ledger.</summary>
[CollectionDefinition("postgres")]
public sealed class PostgresCollection : ICollectionFixture<PrivatePostgres>;

/// <summary>A fresh ledger for every test.</summary>
[Collection("postgres")]
public abstract class LedgerTest(PrivatePostgres postgres) : IAsyncLifetime
{
    protected PrivatePostgres Postgres { get; } = postgres;

    protected LedgerDatabase Ledger { get; private set; } = null!;

    public async Task InitializeAsync() => Ledger = await LedgerDatabase.CreateAsync(Postgres);

    public virtual async Task DisposeAsync() => await Ledger.DisposeAsync();
}
