using AgentOps.Contracts;
using AgentOps.Evaluator;

namespace AgentOps.Evaluator.Tests;

public sealed class WhatAReportSays
{
    private static readonly PolicyReference Random = new(PolicyKind.Random);

    [Fact]
    public void A_failed_episode_is_no_zero_and_both_denominators_are_shown()
    {
        var policy = Reporting.Of([Played("a", Success(0), Failure(1), Broken(2), Broken(3))]).Policies[0];

        Assert.Equal((4, 1, 1, 2), (policy.Episodes, policy.Scored, policy.Truncated, policy.Failed));
        Assert.Equal((1, 2), (policy.Success.Successes, policy.Success.Of));
        Assert.Equal((1, 4), (policy.SuccessOfAll.Successes, policy.SuccessOfAll.Of));
    }

    [Fact]
    public void Policies_are_compared_on_the_tasks_that_both_completed()
    {
        var a = Played("a", Success(0), Success(1), Failure(2), Failure(3), Success(4));
        var b = Played("b", Success(0), Failure(1), Success(2), Failure(3), Broken(4));

        var pair = Assert.Single(Reporting.Of([a, b]).Pairs);

        Assert.Equal((1, 1, 1, 1), (pair.Both, pair.OnlyA, pair.OnlyB, pair.Neither));
        Assert.Equal(1, pair.P);
    }

    [Fact]
    public void Success_is_told_by_task_type()
    {
        var types = Reporting.Of([Played("a", Success(0), Success(1) with { TaskType = "two" }, Failure(2) with { TaskType = "two" })]).Policies[0].ByTaskType;

        Assert.Equal((1, 1), (types["put"].Successes, types["put"].Of));
        Assert.Equal((1, 2), (types["two"].Successes, types["two"].Of));
    }

    [Fact]
    public void Turns_and_invalid_actions_are_averaged_over_completed_episodes()
    {
        // 4 + 6 turns in two episodes, 2 of the 10 actions invalid; the broken episode's 9 turns count nowhere.
        var policy = Reporting.Of([Played("a", Success(0) with { Turns = 4, InvalidActions = 2 }, Failure(1) with { Turns = 6 }, Broken(2) with { Turns = 9 })]).Policies[0];

        Assert.Equal(5, policy.MeanTurns);
        Assert.Equal(0.2, policy.InvalidActionRate, 12);
    }

    private static PlayedPolicy Played(string name, params TrajectorySummary[] episodes) =>
        new(new(name, Random), GenerationId.From(NameBasedGuid.Of(name)), episodes);

    private static TrajectorySummary Success(int task) => Episode(task, EpisodeOutcome.Scored, 1);

    private static TrajectorySummary Failure(int task) => Episode(task, EpisodeOutcome.Truncated, 0);

    private static TrajectorySummary Broken(int task) => Episode(task, EpisodeOutcome.Failed, null);

    private static TrajectorySummary Episode(int task, EpisodeOutcome outcome, double? reward) =>
        new(TrajectoryId.From(NameBasedGuid.Of(task.ToString())), $"maze/test/{task}", "put", 0, outcome, reward, 5, 0);
}
