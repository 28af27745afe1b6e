using AgentOps.Contracts;
using AgentOps.Generator;

namespace AgentOps.Generator.Tests;

public sealed class WhenAGenerationIsPlayedInShards
{
    private static readonly RunId Run = RunId.From(NameBasedGuid.Of("run"));
    private static readonly StepKey Step = new(Run, "1.generate", 1);
    private static readonly GenerationId Id = GenerationId.Of(Run, "1.generate", "expert");
    private static readonly GenerateWork Work = new("maze", new(PolicyKind.Expert), "train", 0, Episodes: 120, Samples: 1, Temperature: 1, Seed: 7);

    [Fact]
    public void Every_episode_is_in_exactly_one_shard()
    {
        // 120 episodes in shards of 50: 50, 50 and 20.
        var shards = Start(null, Step).OfType<ShardRequested>().ToList();

        Assert.Equal([(0, 50), (50, 50), (100, 20)], shards.Select(s => (s.First, s.Count)));
    }

    [Fact]
    public void It_is_complete_with_the_last_shard_and_not_before()
    {
        var two = Fold(null, [.. Start(null, Step), Played(0, 50), Played(1, 50)]);

        Assert.Empty(Generation.Finish(two));
        var completed = Assert.IsType<GenerationCompleted>(Assert.Single(Generation.Finish(Fold(two, [Played(2, 20)]))));
        Assert.Equal((120, 120, 120), (completed.Episodes, completed.Scored, completed.Successes));
    }

    [Fact]
    public void A_finished_generation_is_not_finished_again()
    {
        var all = Fold(null, [.. Start(null, Step), Played(0, 50), Played(1, 50), Played(2, 20)]);

        Assert.Empty(Generation.Finish(Fold(all, Generation.Finish(all))));
    }

    [Fact]
    public void A_request_said_twice_asks_for_nothing() => Assert.Empty(Start(Fold(null, Start(null, Step)), Step));

    [Fact]
    public void A_second_attempt_asks_only_for_what_is_missing()
    {
        var failed = Fold(null, [.. Start(null, Step), Played(1, 50), new GenerationFailed(Id, Step, null, "Serving was away.")]);

        var again = Start(failed, Step with { Attempt = 2 });

        Assert.Equal([0, 2], again.OfType<ShardRequested>().Select(s => s.Shard));
    }

    [Fact]
    public void A_second_attempt_of_finished_work_is_answered_at_once()
    {
        var all = Fold(null, [.. Start(null, Step), Played(0, 50), Played(1, 50), Played(2, 20)]);

        var again = Start(Fold(all, Generation.Finish(all)), Step with { Attempt = 2 });

        Assert.Equal(2, Assert.Single(again.OfType<GenerationCompleted>()).Step.Attempt);
        Assert.Empty(again.OfType<ShardRequested>());
    }

    [Fact]
    public void A_failed_episode_is_counted_apart()
    {
        var episodes = Played(0, 50).Trajectories.ToArray();
        episodes[0] = episodes[0] with { Outcome = EpisodeOutcome.Failed, Reward = null };
        episodes[1] = episodes[1] with { Outcome = EpisodeOutcome.Truncated, Reward = 0 };

        var all = Fold(null, [.. Start(null, Step), new ShardCompleted(Id, 0, episodes), Played(1, 50), Played(2, 20)]);

        var completed = Assert.IsType<GenerationCompleted>(Assert.Single(Generation.Finish(all)));
        Assert.Equal((120, 118, 1, 1, 118), (completed.Episodes, completed.Scored, completed.Truncated, completed.Failed, completed.Successes));
    }

    private static IReadOnlyList<IEvent> Start(Generation? state, StepKey step) => Generation.Start(state, Id, step, new(), Work);

    private static Generation Fold(Generation? state, IEnumerable<IEvent> events) => events.Aggregate(state, (generation, e) => Generation.Evolve(generation, e))!;

    private static ShardCompleted Played(int shard, int count) => new(Id, shard, [.. Enumerable.Range(0, count).Select(i =>
        new TrajectorySummary(TrajectoryId.From(NameBasedGuid.Of(shard.ToString(), i.ToString())), $"maze/train/{shard * 50 + i}", "near", 0, EpisodeOutcome.Scored, 1, 5, 0))]);
}
