using System.Collections.Concurrent;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Npgsql;

namespace AgentOps.EndToEnd.Tests;

/// <summary>The whole system, described as the AppHost describes it, started once for all tests and driven through its gateway.</summary>
public sealed class Stack : IAsyncLifetime
{
    private readonly ConcurrentDictionary<string, Lazy<Task<Guid>>> _undisturbed = [];
    private NpgsqlDataSource _database = null!;

    public DistributedApplication App { get; private set; } = null!;

    /// <summary>The API in the hands of the stack's administrator.</summary>
    public Api Admin { get; private set; } = null!;

    public Facts Facts { get; private set; } = null!;

    /// <summary>The API in the hands of whoever has this key; null for nobody.</summary>
    public Api With(string? key) => new(App.GetEndpoint("gateway"), key);

    public async Task<string> AdminKeyAsync() => (await File.ReadAllTextAsync(Path.Combine(App.Home, "admin.key"))).Trim();

    /// <summary>A service's own connection to the ledger and its views.</summary>
    public async Task<NpgsqlDataSource> ConnectAsync(string service) =>
        NpgsqlDataSource.Create((await App.GetConnectionStringAsync($"ledger-{service}"))!);

    /// <summary>A session of the database's administrator, whom no grant stops.</summary>
    public async Task<NpgsqlConnection> AdministrateAsync()
    {
        var connection = new NpgsqlConnection(await App.GetConnectionStringAsync("ledger") + ";Pooling=false");
        await connection.OpenAsync();
        return connection;
    }

    /// <summary>The run of a pipeline file that nothing disturbed, submitted when it is first asked for.</summary>
    public Task<Guid> UndisturbedAsync(string file = "small-loop.yaml") => _undisturbed.GetOrAdd(file, _ => new(() => this.SubmitAsync(file))).Value;

    public async Task InitializeAsync()
    {
        // A folder named here is kept, with all logs, for a look at what went wrong.
        var kept = Environment.GetEnvironmentVariable("AGENTOPS_TEST_HOME");
        // What dies here was killed on purpose, again and again: nothing is gained by longer and longer pauses.
        var builder = Architecture.Describe(DistributedApplication.CreateBuilder(
            new DistributedApplicationOptions { Home = kept, Ephemeral = kept is null, LongestRestartPause = TimeSpan.FromSeconds(1) }));
        UseAnyPort(builder.Resources.Single(r => r.Name == "gateway"));
        Set(builder, "trainer", "Trainer__CheckpointEvery", "00:00:00");
        Set(builder, "registry", "Registry__DeleteAfter", "00:00:00");
        App = builder.Build();
        await App.StartAsync();
        _database = NpgsqlDataSource.Create((await App.GetConnectionStringAsync("ledger"))!);
        Facts = new(_database);
        Admin = With(await AdminKeyAsync());
    }

    public async Task DisposeAsync()
    {
        // A start that failed has neither.
        if (Facts is not null)
            await Facts.DisposeAsync();
        if (_database is not null)
            await _database.DisposeAsync();
        await App.DisposeAsync();
    }

    // The AppHost's gateway has a port that people know; a stack for tests must not stand in its way.
    private static void UseAnyPort(IResource gateway)
    {
        gateway.Annotations.Remove(gateway.Annotations.OfType<EndpointAnnotation>().Single());
        gateway.Annotations.Add(new EndpointAnnotation("http"));
    }

    // Trainings of less than a second must have checkpoints to go on from, one after every step; and nobody waits an hour before files can be deleted.
    private static void Set(IDistributedApplicationBuilder builder, string service, string setting, string value) => builder.Resources.Single(r => r.Name == service).Annotations.Add(new EnvironmentCallbackAnnotation(context =>
    {
        context.EnvironmentVariables[setting] = value;
        return Task.CompletedTask;
    }));
}

[CollectionDefinition(Name)]
public sealed class OneStack : ICollectionFixture<Stack>
{
    public const string Name = "one stack";
}
