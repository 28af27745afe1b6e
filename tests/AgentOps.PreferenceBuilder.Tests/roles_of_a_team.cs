using AgentOps.Contracts;
using AgentOps.Environments;

namespace AgentOps.PreferenceBuilder.Tests;

/// <summary>A team's trajectory is one sequence for each role; a sequence is written as the ids of observation, action, observation, action…, one id each.</summary>
public sealed class RolesOfATeam
{
    private const int Context = 100;

    [Fact]
    public void The_order_of_a_set_is_by_task_sample_and_role()
    {
        Candidate[] candidates = [Of("worker", 1, 1, 4, 5), Of("planner", 1, 1, 3, 4), Of("worker", 0, 1, 2, 3), Of("planner", 0, 1, 1, 2)];

        Assert.Equal([1, 2, 3, 4], Demonstrations.Build(candidates, Context).Samples.Select(line => line.Sample.Ids[0]));
    }

    [Fact]
    public void Each_role_is_paired_with_its_own_and_never_with_another()
    {
        Candidate[] candidates = [Of("planner", 0, 1, 1, 10), Of("worker", 0, 1, 5, 50), Of("planner", 1, 0, 1, 11), Of("worker", 1, 0, 5, 51)];

        var (pairs, fates) = ContrastPairs.Build(candidates, Context);
        Assert.Equal([([1, 10], [1, 11]), ([5, 50], [5, 51])], pairs.Select(pair => (pair.Sample.Chosen.Ids, pair.Sample.Rejected.Ids)));
        Assert.Equal(new BalanceSheet(In: 4, Used: 4), fates.Sheet());
        // Both pairs are of the same two trajectories.
        Assert.Equal(pairs[0].Members, pairs[1].Members);

        // The same first id before two roles' actions is no common history.
        Candidate[] alike = [Of("planner", 0, 1, 1, 10), Of("worker", 1, 0, 1, 11)];
        Assert.Empty(ContrastPairs.Build(alike, Context).Pairs);
        Assert.Empty(StepPairs.Build(alike, Context, new()).Pairs);
    }

    [Fact]
    public void Where_a_role_did_the_same_in_both_the_others_made_the_difference_and_nothing_is_told_apart()
    {
        Candidate[] candidates = [Of("planner", 0, 1, 1, 10), Of("planner", 1, 0, 1, 10)];

        var (pairs, fates) = ContrastPairs.Build(candidates, Context);

        Assert.Empty(pairs);
        Assert.Equal(new BalanceSheet(In: 2, Used: 0, Tied: 2), fates.Sheet());
    }

    [Fact]
    public void An_action_is_worth_the_mean_over_whatever_the_others_did_after_it()
    {
        // The planner's 10 comes to 1, 1 and 0 with three workers, on average 2/3; its 11 to 0. Lead 0.6 is met, 0.7 is not.
        Candidate[] candidates = [Of("planner", 0, 1, 1, 10), Of("planner", 1, 1, 1, 10), Of("planner", 2, 0, 1, 10), Of("planner", 3, 0, 1, 11)];

        Assert.Equal([([1, 10], [1, 11])], StepPairs.Build(candidates, Context, new(Lead: 0.6)).Pairs.Select(pair => (pair.Sample.Chosen.Ids, pair.Sample.Rejected.Ids)));
        Assert.Empty(StepPairs.Build(candidates, Context, new(Lead: 0.7)).Pairs);
    }

    [Fact]
    public void The_same_orders_may_be_both_desirable_and_not_and_are_then_taken_as_either_once()
    {
        Candidate[] candidates = [Of("planner", 0, 1, 1, 10), Of("planner", 1, 0, 1, 10), Of("planner", 2, 1, 1, 10)];

        var (samples, balance) = LabelledTrajectories.Build(candidates, Context);

        Assert.Equal([true, false], samples.Select(line => line.Sample.Desirable));
        Assert.Equal(new BalanceSheet(In: 3, Used: 2, Duplicate: 1), balance);
    }

    private static Candidate Of(string role, int sample, double reward, params int[] ids) => new(
        TrajectoryId.From(NameBasedGuid.Of(sample.ToString())), 0, false, new("crew", Split.Train, 0), sample, Usable: true, Accepted: reward >= 1, Succeeded: reward >= 1, reward,
        new("crew/train/0", sample, ids, [.. Enumerable.Range(0, ids.Length / 2).Select(turn => new[] { 2 * turn + 1, 1 })]), Role: role);
}
