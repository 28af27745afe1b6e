using AgentOps.Contracts;

namespace AgentOps.Generator.Tests;

public sealed class when_a_run_is_over(GeneratorService generator) : IClassFixture<GeneratorService>
{
    private static readonly GenerateWork Work = new("maze", new(PolicyKind.Expert), "train", 0, Episodes: 100, Samples: 1, Temperature: 1, Seed: 7);
    private readonly StepKey _step = new(RunId.Create(), "1.generate", 1);

    private GenerationId Generation => GenerationId.Of(_step.Run, _step.Path, Work.Policy.ToString());

    [Fact]
    public async Task A_shard_that_still_lies_in_the_queue_is_not_played()
    {
        await generator.AppendAsync("pipeline", _step.Run, _step.Run.Stream(), new RunFailed(_step.Run, _step.Path, "no answer before the deadline"));

        await generator.AppendAsync("generator", _step.Run, Generation.Stream(), [.. Generator.Generation.Start(null, Generation, _step, new(), Work)]);

        var (end, all) = await generator.EndOfAsync(Generation);
        Assert.IsType<GenerationCancelled>(end);
        Assert.Empty(all.OfType<ShardCompleted>());
    }

    [Fact]
    public async Task Its_episodes_are_not_even_planned_when_the_cancellation_was_heard_of_first()
    {
        var (now, run) = (DateTimeOffset.UtcNow, _step.Run);
        await generator.AppendAsync("pipeline", run, run.Stream(), new RunCancelling(run, "somebody", now), new StepRequested(_step, null, Work, now + TimeSpan.FromMinutes(5)));

        var (end, all) = await generator.EndOfAsync(Generation);
        Assert.IsType<GenerationCancelled>(end);
        Assert.Empty(all.OfType<ShardRequested>());
    }
}
