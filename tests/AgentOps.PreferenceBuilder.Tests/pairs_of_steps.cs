using AgentOps.Contracts;
using AgentOps.Environments;

namespace AgentOps.PreferenceBuilder.Tests;

/// <summary>An episode is written as the ids of observation, action, observation, action…, one id each.</summary>
public sealed class PairsOfSteps
{
    private const int Context = 100;
    private static int _sample;

    [Fact]
    public void Of_two_actions_on_one_history_the_one_that_went_better_is_chosen_and_nothing_but_it_is_learned()
    {
        // All begin with action 10. Then 20 earns 1 and 0, on average a half, and 30 earns nothing twice.
        Candidate[] candidates = [Of(1, 1, 10, 2, 20, 3, 40), Of(0, 1, 10, 2, 20, 3, 41), Of(0, 1, 10, 2, 30, 4, 50), Of(0, 1, 10, 2, 30, 4, 51)];

        var (pairs, fates) = StepPairs.Build(candidates, Context, new(Lead: 0.5));

        Assert.Equal(
            [([1, 10, 2, 20], [1, 10, 2, 30]), ([1, 10, 2, 20, 3, 40], [1, 10, 2, 20, 3, 41])],
            pairs.Select(pair => (pair.Sample.Chosen.Ids, pair.Sample.Rejected.Ids)));
        Assert.All(pairs, pair => Assert.Equal((pair.Sample.Chosen.Ids.Length - 1, 1), (Assert.Single(pair.Sample.Chosen.Trained)[0], pair.Sample.Chosen.Trained[0][1])));
        Assert.All(pairs, pair => Assert.Equal((pair.Sample.Rejected.Ids.Length - 1, 1), (Assert.Single(pair.Sample.Rejected.Trained)[0], pair.Sample.Rejected.Trained[0][1])));
        Assert.Equal([candidates[0].Trajectory, candidates[2].Trajectory], pairs[0].Members);
        Assert.Equal(new BalanceSheet(In: 4, Used: 4), fates.Sheet());
    }

    [Theory]
    [InlineData(0.5, 1, 1)]
    [InlineData(0.51, 1, 0)]
    [InlineData(0.5, 2, 1)]
    [InlineData(0.5, 3, 0)]
    public void A_pair_needs_the_lead_and_enough_samples_on_both_sides(double lead, int visits, int expected)
    {
        // 20 is worth a half, 30 nothing, each by two samples that tell nothing apart afterwards.
        Candidate[] candidates = [Of(1, 1, 20), Of(0, 1, 20), Of(0, 1, 30), Of(0, 1, 30)];

        Assert.Equal(expected, StepPairs.Build(candidates, Context, new(lead, visits)).Pairs.Count);
    }

    [Fact]
    public void An_action_on_another_history_is_not_compared()
    {
        Candidate[] candidates = [Of(1, 1, 10, 2, 20), Of(0, 1, 10, 3, 30), Of(1, 1, 10, 2, 20)];

        var (pairs, fates) = StepPairs.Build(candidates, Context, new(Lead: 0.5));

        Assert.Empty(pairs);
        Assert.Equal(new BalanceSheet(In: 3, Used: 0, Tied: 3), fates.Sheet());
    }

    [Fact]
    public void What_leads_to_no_accepted_trajectory_is_never_chosen()
    {
        Candidate[] candidates =
        [
            Of(1, 1, 10) with { Accepted = false }, Of(0, 1, 20), Of(0.4, 1, 30) with { Accepted = true },
            Of(0, 1, 10) with { Task = Second, Accepted = false },
        ];

        var (pairs, fates) = StepPairs.Build(candidates, Context, new(Lead: 0.3));

        Assert.Equal([([1, 30], [1, 20])], pairs.Select(pair => (pair.Sample.Chosen.Ids, pair.Sample.Rejected.Ids)));
        Assert.Equal(new BalanceSheet(In: 4, Used: 2, Filtered: 1, Tied: 1), fates.Sheet());
    }

    [Fact]
    public void Both_kinds_of_pairs_in_one_set_count_each_trajectory_once()
    {
        // The second success is nobody's best and tied among whole trajectories; it counts in the value of the first action, and so it is used.
        Candidate[] candidates = [Of(1, 1, 10), Of(1, 1, 10), Of(0, 1, 20), Of(1, 5, 10) with { Task = Second }];

        var (pairs, fates) = Pairs.Build(PairStep.Both, candidates, Context, new());

        Assert.Equal(new BalanceSheet(In: 4, Used: 2, Tied: 2), ContrastPairs.Build(candidates, Context).Fates.Sheet());
        Assert.Equal(new BalanceSheet(In: 4, Used: 3, Tied: 1), fates.Sheet());
        Assert.Equal(2, pairs.Count);
    }

    [Fact]
    public void Every_trajectory_is_accounted_for()
    {
        Candidate[] candidates = [Of(1, 1, 10), Of(0, 1, 20), Of(1, [.. Enumerable.Range(0, Context + 2)]), Of(0, 9, 9) with { Usable = false }, Of(1, 2, 10) with { Task = Second }];

        Assert.Equal(new BalanceSheet(In: 5, Used: 2, Tied: 1, TooLong: 1, Failed: 1), StepPairs.Build(candidates, Context, new(Lead: 0.5)).Fates.Sheet());
    }

    private static readonly TaskId Second = new("maze", Split.Train, 1);

    private static Candidate Of(double reward, params int[] ids) => new(
        TrajectoryId.From(Guid.NewGuid()), 0, false, new("maze", Split.Train, 0), _sample++, Usable: true, Accepted: reward >= 1, Succeeded: reward >= 1, reward,
        new("maze/train/0", 0, ids, [.. Enumerable.Range(0, ids.Length / 2).Select(turn => new[] { 2 * turn + 1, 1 })]));
}
