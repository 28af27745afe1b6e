using AgentOps.Contracts;

namespace AgentOps.Learning.Tests;

public sealed class Rewards_of_several_parts : IDisposable
{
    private static readonly RewardWeights Weights = new(Success: 1, InvalidAction: -0.1, Turn: -0.01);
    private readonly Folders _folders = new();

    public void Dispose() => _folders.Dispose();

    [Fact]
    public void Each_turn_is_charged_for_itself_and_its_invalid_action_and_the_rest_comes_at_the_end()
    {
        var weighed = RewardParts.Weighed(Episode(1, invalid: [false, true, false]), Weights);

        // 1 - 0.1 - 3 · 0.01.
        Assert.Equal(0.87, weighed.Reward, 12);
        Close([-0.01, -0.11, 0.99], weighed.ByTurn());
    }

    [Theory]
    [InlineData(1, false, 2 + 3)]
    [InlineData(0.5, false, 2 * 0.5)]
    // The limit came before the environment could end it: not a success, though everything was earned.
    [InlineData(1, true, 2 - 5)]
    public void The_environments_reward_a_success_and_being_cut_off_are_parts_of_their_own(double reward, bool truncated, double total) =>
        Assert.Equal(total, RewardParts.Weighed(Episode(reward, [false]) with { Truncated = truncated }, new(Reward: 2, Success: 3, Truncated: -5)).Reward, 12);

    [Fact]
    public void Without_weights_the_environments_reward_comes_with_the_last_turn() => Close([0, 0, 0.5], Episode(0.5, [true, true, true]).ByTurn());

    [Fact]
    public void Turns_at_one_observation_are_told_apart_by_what_their_invalid_actions_cost()
    {
        // γ = 0.5, all at "there". Returns of the first: -0.1 + 0.5 · 1, 1; of the second: 0.5 · 1, 1. Their mean is 0.725.
        Rollout[] group = [.. new[] { Episode(1, [true, false]), Episode(1, [false, false]) }.Select(episode => RewardParts.Weighed(episode, new(Reward: 1, InvalidAction: -0.1)))];

        var advantages = Advantages.ByState(group, discount: 0.5, scale: false);

        Close([0.4 - 0.725, 1 - 0.725], advantages[0]);
        Close([0.5 - 0.725, 1 - 0.725], advantages[1]);
    }

    [Fact]
    public void What_comes_to_the_same_by_other_parts_is_a_tie()
    {
        // -0.1 · 3 and -0.3 · 1 differ in the last digit.
        double[] rewards = [-0.1 * 3, -0.3];
        Assert.NotEqual(rewards[0], rewards[1]);

        Assert.Equal([0.0, 0], Advantages.GroupRelative(rewards, scale: true));
    }

    [Fact]
    public void Every_step_reports_what_each_part_earned_and_together_they_are_the_reward()
    {
        using var job = Open(Weights);

        var metrics = Assert.Single(job.Learn([Episode(1, [false, false]), Episode(0, [true, true, false])], failed: 0)).Metrics;

        // Successes 1 and 0, invalid actions 0 and 2, turns 2 and 3.
        Assert.Equal((0.5, -0.1, -0.025), (metrics["reward.success"], metrics["reward.invalidAction"], metrics["reward.turn"]));
        Assert.Equal(metrics["reward.success"] + metrics["reward.invalidAction"] + metrics["reward.turn"], metrics["reward"], 12);
        Assert.DoesNotContain("reward.truncated", metrics.Keys);
    }

    [Fact]
    public void Episodes_of_equal_success_are_told_apart_by_their_invalid_actions()
    {
        using var alone = Open(null);
        using var parts = Open(Weights);
        Rollout[] played = [Episode(1, [false, false]), Episode(1, [true, false])];

        Tiny.TakesNoStep(alone.Learn(played, failed: 0));
        Assert.Single(parts.Learn(played, failed: 0));
    }

    [Fact]
    public void An_episode_that_does_not_say_which_actions_were_invalid_is_refused()
    {
        using var job = Open(Weights);

        Assert.Contains("does not say which of its actions were invalid", Assert.Throws<InvalidDataException>(() => job.Learn([Episode(1, [false]) with { Invalid = null }], failed: 0).ToList()).Message, StringComparison.Ordinal);
        Assert.Contains("they do not fit", Assert.Throws<InvalidDataException>(() => job.Learn([Episode(1, [false]) with { Invalid = [] }], failed: 0).ToList()).Message, StringComparison.Ordinal);
    }

    public static TheoryData<RewardWeights, string> Wrong => new()
    {
        { new(Success: double.NaN), "is not a finite number" }, { new(Turn: double.NegativeInfinity), "is not a finite number" }, { new(), "gives no part a weight" }, { new(Success: 0), "gives no part a weight" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void Weights_that_make_no_reward_are_refused(RewardWeights weights, string said) =>
        Assert.Contains(said, Assert.Throws<ArgumentException>(() => Open(weights)).Message, StringComparison.Ordinal);

    private OnlineJob Open(RewardWeights? weights)
    {
        var model = _folders.New();
        using (var policy = Tiny.Policy())
            policy.Save(model);
        return OnlineJob.Open(new("grpo", Digest.Of("model"u8), "tiny", "train", 0, 2, 2, 2, new(Reward: weights), Seed: 3), model);
    }

    private static Rollout Episode(double reward, bool[] invalid) =>
        Advantages_among_episodes.Episode(reward, [.. invalid.Select(_ => "there")]) with { Invalid = invalid };

    private static void Close(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 12));
    }
}
