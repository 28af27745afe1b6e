namespace AgentOps.Learning.Tests;

public sealed class Advantages_among_episodes
{
    [Fact]
    public void Leave_one_out_is_the_reward_less_the_mean_of_the_others()
    {
        // 1 - (0 + 0 + 1)/3 = 2/3; 0 - (1 + 0 + 1)/3 = -2/3.
        Close([2.0 / 3, -2.0 / 3, -2.0 / 3, 2.0 / 3], Advantages.LeaveOneOut([1, 0, 0, 1]));
    }

    [Fact]
    public void Leave_one_out_of_a_single_episode_is_nothing() => Assert.Equal([0.0], Advantages.LeaveOneOut([1]));

    [Fact]
    public void Group_relative_is_the_reward_less_the_mean_over_the_deviation()
    {
        // Mean 1/4, variance (9/16 + 3/16)/4 = 3/16, so 3/4 / sqrt(3)/4 = sqrt 3 and -1/sqrt 3.
        Close([Math.Sqrt(3), -1 / Math.Sqrt(3), -1 / Math.Sqrt(3), -1 / Math.Sqrt(3)], Advantages.GroupRelative([1, 0, 0, 0], scale: true));
        Close([0.75, -0.25, -0.25, -0.25], Advantages.GroupRelative([1, 0, 0, 0], scale: false));
    }

    [Theory]
    [InlineData(0.1)]
    [InlineData(1)]
    public void Equal_rewards_tell_nothing_apart(double reward)
    {
        Assert.Equal([0.0, 0, 0], Advantages.LeaveOneOut([reward, reward, reward]));
        Assert.Equal([0.0, 0, 0], Advantages.GroupRelative([reward, reward, reward], scale: true));
        Assert.Equal([0.0], Advantages.GroupRelative([reward], scale: true));
    }

    [Fact]
    public void Turns_at_one_observation_are_compared_by_what_came_after_them()
    {
        // At "start" the returns are 0.5² · 1, 0.5 · 1 and 0: mean 1/4. At "door" there is only one, at "key" one.
        double[][] advantages = Advantages.ByState([Episode(1, "start", "door", "key"), Episode(1, "start", "end"), Episode(0, "start")], discount: 0.5, scale: false);

        Close([0, 0, 0], advantages[0]);
        Close([0.25, 0], advantages[1]);
        Close([-0.25], advantages[2]);
    }

    [Fact]
    public void Where_no_observation_is_met_twice_gigpo_is_grpo()
    {
        Rollout[] group = [Episode(1, "a", "b"), Episode(0, "c"), Episode(0, "d", "e", "f")];

        Assert.Equal(Grpo.AdvantagesOf(group, scale: true), Gigpo.AdvantagesOf(group, stateWeight: 1, discount: 0.95, scale: true));
    }

    [Fact]
    public void Gigpo_adds_how_it_went_on_from_an_observation_to_how_the_episode_went()
    {
        // Rewards 1 and 0: mean 0.5, deviation 0.5. At "start" the returns are 0.5 · 1 and 0: mean 0.25, deviation 0.25; the others are alone.
        Rollout[] group = [Episode(1, "start", "end"), Episode(0, "start", "wall")];

        double[][] scaled = Gigpo.AdvantagesOf(group, stateWeight: 0.25, discount: 0.5, scale: true);
        Close([1 + 0.25 * 1, 1], scaled[0]);
        Close([-1 - 0.25 * 1, -1], scaled[1]);

        double[][] plain = Gigpo.AdvantagesOf(group, stateWeight: 0.25, discount: 0.5, scale: false);
        Close([0.5 + 0.25 * 0.25, 0.5], plain[0]);
        Close([-0.5 - 0.25 * 0.25, -0.5], plain[1]);
    }

    [Fact]
    public void Episodes_are_all_alike_where_no_turn_came_to_more_than_another()
    {
        Assert.True(Advantages.AllAlike([Episode(1, "a", "b"), Episode(1, "c")], discount: 1));
        Assert.True(Advantages.AllAlike([Episode(0, "a", "b"), Episode(0, "c")], discount: 0.5));
        Assert.False(Advantages.AllAlike([Episode(1, "a", "b"), Episode(0, "c")], discount: 1));
        // What comes later is worth less.
        Assert.False(Advantages.AllAlike([Episode(1, "a", "b"), Episode(1, "c")], discount: 0.5));
        Assert.False(Advantages.AllAlike([], discount: 1));
    }

    [Fact]
    public void An_observation_that_one_episode_meets_twice_counts_twice()
    {
        // Returns at "a": 0.5 · 1 and 1; mean 0.75.
        Close([-0.25, 0.25], Advantages.ByState([Episode(1, "a", "a")], discount: 0.5, scale: false)[0]);
    }

    [Fact]
    public void Generalised_estimation_weighs_what_came_with_what_was_expected()
    {
        // γ = 0.9, λ = 0.5. δ = 0.9 · 0.6 - 0.5 = 0.04, 0.9 · 0.8 - 0.6 = 0.12, 1 - 0.8 = 0.2, from the end: 0.2, 0.12 + 0.45 · 0.2 = 0.21, 0.04 + 0.45 · 0.21 = 0.1345.
        Close([0.1345, 0.21, 0.2], Advantages.Generalised([0, 0, 1], [0.5, 0.6, 0.8], discount: 0.9, lambda: 0.5));
        // λ = 1: what came less what was expected; λ = 0: the δ alone.
        Close([0.5, 0.4, 0.2], Advantages.Generalised([0, 0, 1], [0.5, 0.6, 0.8], discount: 1, lambda: 1));
        Close([0.04, 0.12, 0.2], Advantages.Generalised([0, 0, 1], [0.5, 0.6, 0.8], discount: 0.9, lambda: 0));
        // A reward on the way counts from its own turn back.
        Close([0.5 + 0.5 * 1, 1], Advantages.Generalised([0.5, 1], [0, 0], discount: 0.5, lambda: 1));
    }

    [Fact]
    public void Whitened_they_have_mean_0_and_deviation_1_over_the_tokens()
    {
        // One token at 3 and three at -1: mean 0, variance (9 + 3)/4 = 3.
        var whitened = Advantages.Whitened([[3], [-1, -1]], [[1], [2, 1]]);

        Close([Math.Sqrt(3)], whitened[0]);
        Close([-1 / Math.Sqrt(3), -1 / Math.Sqrt(3)], whitened[1]);
    }

    [Fact]
    public void What_differs_by_rounding_alone_is_not_blown_up() => Close([0, 0], Advantages.Whitened([[0.7f, 0.7f + 6e-8]], [[1, 1]])[0]);

    internal static Rollout Episode(double reward, params string[] states) =>
        new("tiny/train/0", [.. Enumerable.Range(4, 2 * states.Length)], [.. states.Select((_, turn) => new[] { 2 * turn + 1, 1 })], [.. states.Select(_ => -1f)], reward, states);

    private static void Close(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 12));
    }
}
