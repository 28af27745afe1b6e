using AgentOps.Contracts;

namespace AgentOps.Generator.Tests;

public sealed class when_a_turn_limit_is_asked_for(GeneratorService generator) : IClassFixture<GeneratorService>
{
    private readonly StepKey _step = new(RunId.Create(), "1.generate", 1);

    [Fact]
    public async Task Every_episode_that_reaches_it_is_recorded_as_truncated()
    {
        var (_, all) = await PlayedAsync(maxTurns: 2);

        var episodes = all.OfType<ShardCompleted>().SelectMany(shard => shard.Trajectories).ToList();
        Assert.Equal(50, episodes.Count);
        Assert.All(episodes, episode => Assert.InRange(episode.Turns, 1, 2));
        Assert.All(episodes.Where(episode => episode.Outcome != EpisodeOutcome.Scored), episode => Assert.Equal((EpisodeOutcome.Truncated, 2), (episode.Outcome, episode.Turns)));
        Assert.Contains(episodes, episode => episode.Outcome == EpisodeOutcome.Truncated);
    }

    [Fact]
    public async Task One_that_leaves_no_turn_is_refused() =>
        Assert.Equal("An episode of at most 0 turns cannot be played: it needs one at least.", Assert.IsType<GenerationFailed>((await PlayedAsync(maxTurns: 0)).End).Reason);

    private async Task<(IEvent End, IReadOnlyList<IEvent> All)> PlayedAsync(int maxTurns)
    {
        var work = new GenerateWork("maze", new(PolicyKind.Expert), "train", 0, Episodes: 50, Samples: 1, Temperature: 1, Seed: 7, MaxTurns: maxTurns);
        await generator.AppendAsync("pipeline", _step.Run, _step.Run.Stream(), new StepRequested(_step, null, work, DateTimeOffset.UtcNow + TimeSpan.FromMinutes(5)));
        return await generator.EndOfAsync(GenerationId.Of(_step.Run, _step.Path, work.Policy.ToString()));
    }
}
