using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Generator.Tests;

/// <summary>The service itself on a PostgreSQL and a RabbitMQ of its own, without a Serving: experts play.</summary>
public sealed class GeneratorService : IAsyncLifetime
{
    private ServiceInfrastructure _infrastructure = null!;

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        var host = ServiceHost.Create(_infrastructure.Settings("generator"), "generator");
        host.UseClient("serving");
        host.Services.AddSingleton<PolicyFactory>().AddSingleton<ShardPlayer>();
        host.UseSubjectKeys();
        host.UseQueue<GenerationConsumer>(Topology.Generator);
        host.UseQueue<ShardConsumer>(Topology.GeneratorShards);
        await _infrastructure.StartAsync(host);
    }

    public Task AppendAsync(string service, RunId run, string stream, params IEvent[] facts) => _infrastructure.AppendAsync(service, run, stream, facts);

    /// <summary>The first event that ends the generation, and everything its stream holds by then.</summary>
    public async Task<(IEvent End, IReadOnlyList<IEvent> All)> EndOfAsync(GenerationId generation)
    {
        var end = await _infrastructure.NextAsync<IEvent>(generation.Stream(), e => e is GenerationCompleted or GenerationFailed or GenerationCancelled);
        var all = new List<IEvent>();
        await foreach (var stored in _infrastructure.Ledger.ReadStreamAsync(generation.Stream()))
            all.Add(stored.Data);
        return (end, all);
    }

    public async Task DisposeAsync() => await _infrastructure.DisposeAsync();
}
