using System.Collections.Concurrent;
using AgentOps.Contracts;
using AgentOps.Exports;
using AgentOps.Exports.Tests;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AgentOps.Registry.Tests;

/// <summary>A ledger that holds the sample run, and Registry as often as a test starts it.</summary>
public sealed class RegistryService : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("registry-tests-");
    private readonly SampleLineage _sample = new();
    private ServiceInfrastructure _infrastructure = null!;

    /// <summary>What was signed, outside of the database.</summary>
    public CheckpointFolder Checkpoints => new(Path.Combine(_folder.FullName, "checkpoints"));

    public string KeyFile => Path.Combine(_folder.FullName, "checkpoint.key");

    public string TokenFile => Path.Combine(_folder.FullName, "token");

    internal IReadOnlyList<Fact> Sample => _sample.Facts;

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        foreach (var fact in _sample.Facts)
            await _infrastructure.AppendAsync(fact.Service.Replace('-', '_'), SampleLineage.Run, fact.Stream, fact.Data);
    }

    public async Task DisposeAsync()
    {
        await _infrastructure.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    public Task AppendAsync(RunId run, params IEvent[] facts) => _infrastructure.AppendAsync("pipeline", run, run.Stream(), facts);

    /// <summary>What nobody but the database's administrator can do.</summary>
    public async Task TamperAsync(string sql)
    {
        await using var database = NpgsqlDataSource.Create(_infrastructure.Administrator);
        await using var command = database.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Starts the service; it stops when it is disposed of.</summary>
    internal Task<WebApplication> StartAsync(LogLines log, params string[] settings) => StartAsync(log, _ => { }, settings);

    /// <param name="add">What it has besides lineage, checkpoints and exports.</param>
    internal async Task<WebApplication> StartAsync(LogLines log, Action<ServiceHost> add, params string[] settings)
    {
        var host = ServiceHost.Create([.. _infrastructure.Settings("registry"), .. settings], "registry");
        host.UseView(LineageView.Definition);
        host.Services.AddCheckpoints(Path.Combine(_folder.FullName, "checkpoints"), KeyFile);
        host.Services.AddExports(KeyFile, key => host.Configuration[key]);
        host.Services.AddSingleton<ILoggerProvider>(log);
        add(host);
        var service = host.Build();
        await service.StartAsync();
        return service;
    }
}

[CollectionDefinition(Name)]
public sealed class OneRegistry : ICollectionFixture<RegistryService>
{
    public const string Name = "registry";
}

/// <summary>What the service says.</summary>
internal sealed class LogLines : ILoggerProvider, ILogger
{
    private readonly ConcurrentQueue<string> _lines = new();

    public IReadOnlyCollection<string> Lines => _lines;

    public ILogger CreateLogger(string categoryName) => this;

    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    public bool IsEnabled(LogLevel logLevel) => true;

    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => _lines.Enqueue($"{logLevel}: {formatter(state, exception)} {exception}");

    public void Dispose()
    {
    }
}
