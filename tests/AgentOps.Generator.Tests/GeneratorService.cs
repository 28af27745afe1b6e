using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Tests;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Generator.Tests;

/// <summary>The service itself on a PostgreSQL and a RabbitMQ of its own, without a Serving: experts play.</summary>
public sealed class GeneratorService : IAsyncLifetime
{
    private readonly DirectoryInfo _artifacts = Directory.CreateTempSubdirectory("generator-tests-");
    private ServiceInfrastructure? _infrastructure;
    private WebApplication? _service;

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        var host = ServiceHost.Create(_infrastructure.Settings("generator", _artifacts.FullName), "generator");
        host.UseClient("serving");
        host.Services.AddSingleton<PolicyFactory>().AddSingleton<ShardPlayer>();
        host.UseQueue<GenerationConsumer>(Topology.Generator);
        host.UseQueue<ShardConsumer>(Topology.GeneratorShards);
        _service = await _infrastructure.StartAsync(host);
    }

    public Task AppendAsync(string service, RunId run, string stream, params IEvent[] facts) => _infrastructure!.AppendAsync(service, run, stream, facts);

    /// <summary>The first event that ends the generation, and everything its stream holds by then.</summary>
    public async Task<(IEvent End, IReadOnlyList<IEvent> All)> EndOfAsync(GenerationId generation)
    {
        var ledger = _service!.Services.GetRequiredService<LedgerStore>();
        var end = await ServiceInfrastructure.NextAsync<IEvent>(ledger, generation.Stream(), e => e is GenerationCompleted or GenerationFailed or GenerationCancelled);
        var all = new List<IEvent>();
        await foreach (var stored in ledger.ReadStreamAsync(generation.Stream()))
            all.Add(stored.Data);
        return (end, all);
    }

    public async Task DisposeAsync()
    {
        if (_infrastructure is not null)
            await _infrastructure.DisposeAsync();
        _artifacts.Delete(recursive: true);
    }
}
