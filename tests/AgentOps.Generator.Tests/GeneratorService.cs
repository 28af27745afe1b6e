using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Subjects;
using AgentOps.Tests;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Generator.Tests;

/// <summary>The service itself on a PostgreSQL and a RabbitMQ of its own. Without a Serving, as it is unless one is given, experts play.</summary>
public sealed class GeneratorService : IAsyncLifetime
{
    private ServiceInfrastructure _infrastructure = null!;

    /// <summary>Where the artifact store lies; null: in a folder of its own. It may be given before the start.</summary>
    public string? Artifacts { get; set; }

    /// <summary>What answers in Serving's place; it may be given before the start.</summary>
    public HttpMessageHandler? Serving { get; set; }

    public ArtifactStore Store => _infrastructure.Service.Services.GetRequiredService<ArtifactStore>();

    public SubjectKeys Subjects => _infrastructure.Service.Services.GetRequiredService<SubjectKeys>();

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        var host = ServiceHost.Create([.. _infrastructure.Settings("generator", Artifacts), "--services:serving:http:0=http://serving"], "generator");
        host.UseClient("serving");
        if (Serving is { } answering)
            host.Services.AddHttpClient("serving").ConfigurePrimaryHttpMessageHandler(() => answering);
        host.Services.AddSingleton<PolicyFactory>().AddSingleton<ShardPlayer>();
        host.UseSubjectKeys();
        host.UseQueue<GenerationConsumer>(Topology.Generator);
        host.UseQueue<ShardConsumer>(Topology.GeneratorShards);
        await _infrastructure.StartAsync(host);
    }

    public Task AppendAsync(string service, RunId run, string stream, params IEvent[] facts) => _infrastructure.AppendAsync(service, run, stream, facts);

    /// <summary>An episode as it stands in the ledger.</summary>
    public async Task<TrajectoryRecorded> RecordedAsync(TrajectoryId trajectory) =>
        await _infrastructure.Ledger.ReadStreamAsync(trajectory.Stream()).Select(stored => stored.Data).OfType<TrajectoryRecorded>().SingleAsync();

    /// <summary>The first event that ends an attempt at the generation, and everything its stream holds by then.</summary>
    public async Task<(IEvent End, IReadOnlyList<IEvent> All)> EndOfAsync(GenerationId generation, int attempt = 1)
    {
        var end = await _infrastructure.NextAsync<IEvent>(generation.Stream(), e => AttemptThatEndsWith(e) == attempt);
        var all = new List<IEvent>();
        await foreach (var stored in _infrastructure.Ledger.ReadStreamAsync(generation.Stream()))
            all.Add(stored.Data);
        return (end, all);
    }

    private static int? AttemptThatEndsWith(IEvent fact) => fact switch
    {
        GenerationCompleted completed => completed.Step.Attempt,
        GenerationFailed failed => failed.Step.Attempt,
        GenerationCancelled cancelled => cancelled.Step.Attempt,
        _ => null,
    };

    public async Task DisposeAsync() => await _infrastructure.DisposeAsync();
}
