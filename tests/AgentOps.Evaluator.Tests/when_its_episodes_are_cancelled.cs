using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Tests;

namespace AgentOps.Evaluator.Tests;

public sealed class when_its_episodes_are_cancelled : IAsyncLifetime
{
    private ServiceInfrastructure _infrastructure = null!;

    public async Task InitializeAsync()
    {
        _infrastructure = await ServiceInfrastructure.StartAsync();
        var host = ServiceHost.Create(_infrastructure.Settings("evaluator"), "evaluator");
        host.UseQueue<EvaluationConsumer>(Topology.Evaluator);
        await _infrastructure.StartAsync(host);
    }

    [Fact]
    public async Task The_evaluation_answers_at_once()
    {
        StepKey step = new(RunId.Create(), "4.evaluate", 1);
        var evaluation = EvaluationId.Of(step.Run, step.Path);
        await _infrastructure.AppendAsync("pipeline", step.Run, step.Run.Stream(),
            new StepRequested(step, "final", new EvaluateWork("maze", "test", 0, 2, [new("random", new(PolicyKind.Random))], 7), DateTimeOffset.UtcNow + TimeSpan.FromMinutes(5)));
        var asked = await NextAsync<EpisodesRequested>(evaluation);

        await _infrastructure.AppendAsync("generator", step.Run, asked.Generation.Stream(),
            new GenerationPlanned(asked.Generation, step, evaluation, asked.Work, 1), new GenerationCancelled(asked.Generation, step, evaluation));

        var answer = await NextAsync<EvaluationFailed>(evaluation);
        Assert.Equal((step, "Its episodes were cancelled with the run."), (answer.Step, answer.Reason));
    }

    public async Task DisposeAsync() => await _infrastructure.DisposeAsync();

    private Task<T> NextAsync<T>(EvaluationId evaluation) where T : class, IEvent => _infrastructure.NextAsync<T>(evaluation.Stream(), _ => true);
}
