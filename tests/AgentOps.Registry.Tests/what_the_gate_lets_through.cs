using AgentOps.Contracts;
using AgentOps.Registry;

namespace AgentOps.Registry.Tests;

public sealed class WhatTheGateLetsThrough
{
    private static readonly NamedPolicy Rft = new("rft", new(PolicyKind.Model, Digest.Of("rft"u8)));

    [Fact]
    public void A_candidate_above_the_control_passes() => Assert.True(Judge(rft: 80, control: 70, p: 0.2).Decision.Passed);

    [Fact]
    public void A_candidate_that_is_only_equal_is_refused() => Assert.False(Judge(rft: 70, control: 70, p: 1).Decision.Passed);

    [Theory]
    [InlineData(0.049, true)]
    [InlineData(0.05, false)]
    public void The_paired_test_must_be_below_alpha(double p, bool passes) => Assert.Equal(passes, Judge(rft: 80, control: 70, p, test: "paired").Decision.Passed);

    [Theory]
    [InlineData(0.024, true)]
    [InlineData(0.026, false)]
    public void Of_two_candidates_each_is_tested_at_half_of_alpha(double p, bool passes)
    {
        var work = Work("paired", ">") with { Candidates = [Rft, Rft with { Name = "eto" }] };

        Assert.Equal(passes, Gate.Judge(Rft, work, Reports(80, 70, p, true)).Decision.Passed);
    }

    [Fact]
    public void A_measurement_of_failed_episodes_alone_is_no_figure()
    {
        var (decision, _) = Judge(rft: 0, control: 0, p: 1, completed: false, op: ">=");

        Assert.False(decision.Passed);
        Assert.Contains("a failed measurement is not a zero", decision.Findings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_candidate_that_was_not_evaluated_is_refused_with_a_reason()
    {
        var (decision, _) = Gate.Judge(new("eto", Rft.Policy), Work("none", ">"), Reports(80, 70, 1, true));

        Assert.False(decision.Passed);
        Assert.Contains("there is no figure for final", decision.Findings[0], StringComparison.Ordinal);
    }

    [Fact]
    public void A_candidate_that_loses_more_of_the_common_tasks_than_it_wins_is_refused_though_its_own_share_is_higher()
    {
        // 30 of 40 completed against 70 of 100: the share is higher, and of the 40 common tasks ten are only the control's, two only the candidate's.
        var reports = Of(Policy("longer", 70, 100), Policy("rft", 30, 40), new("longer", "rft", 28, 10, 2, 0, 0.0386));

        var (decision, _) = Gate.Judge(Rft, Work("paired", ">"), reports);

        Assert.False(decision.Passed);
        Assert.Contains("the other way about", decision.Findings[^1], StringComparison.Ordinal);
    }

    [Fact]
    public void The_paired_test_says_nothing_of_another_metric_than_success()
    {
        var work = new PromoteWork("agent", "production", [Rft], [], [new("final", "invalidRate", "<", "longer", "invalidRate")], "paired", 0.05);

        var (decision, _) = Gate.Judge(Rft, work, Reports(0, 70, 1e-9, true));

        Assert.False(decision.Passed);
        Assert.Contains("compares success and nothing else", decision.Findings[^1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(5, true)]
    [InlineData(6, false)]
    public void A_measurement_of_which_more_than_a_twentieth_failed_decides_nothing(int failed, bool passes)
    {
        var reports = Of(Policy("longer", 50, 100), Policy("rft", 80, 100 - failed, 100), new("longer", "rft", 45, 5, 35, 10, 1e-6));

        var (decision, _) = Gate.Judge(Rft, Work("paired", ">"), reports);

        Assert.Equal(passes, decision.Passed);
        Assert.Equal(!passes, decision.Findings[0].Contains($"{failed} of 100 episodes of rft failed", StringComparison.Ordinal));
    }

    [Fact]
    public void A_member_of_a_team_passes_beside_the_others_and_the_evidence_says_which_team_was_measured()
    {
        var team = PolicyReference.Team([new("planner", Rft.Policy), new("worker", new(PolicyKind.Expert))]);
        var work = Work("none", ">") with { Candidates = [new("rft", team)], Role = "planner" };
        PolicyReport As(PolicyReference policy) => Policy("rft", 80, 100) with { Policy = policy };
        var pair = new PairedComparison("longer", "rft", 60, 10, 20, 10, 0.01);

        var (decision, _) = Gate.Judge(work.Candidates[0], work, Of(Policy("longer", 70, 100), As(team), pair));
        Assert.Equal((true, Rft.Policy.Model!.Value, team), (decision.Passed, decision.Model, decision.Team));
        Assert.Contains($"rft is a team, planner: {Rft.Policy}, worker: expert; the model of its planner is put forward", decision.Findings[^1], StringComparison.Ordinal);

        // What was measured under this name was another team.
        var (other, _) = Gate.Judge(work.Candidates[0], work, Of(Policy("longer", 70, 100), As(Rft.Policy), pair));
        Assert.False(other.Passed);
        Assert.Contains("which is another team", other.Findings[1], StringComparison.Ordinal);

        Assert.Null(Judge(rft: 80, control: 70, p: 0.2).Decision.Team);
    }

    private static (CandidateDecision Decision, double Score) Judge(int rft, int control, double p, string test = "none", bool completed = true, string op = ">") =>
        Gate.Judge(Rft, Work(test, op), Reports(rft, control, p, completed));

    private static PromoteWork Work(string test, string op) =>
        new("agent", "production", [Rft], [], [new("final", "success", op, "longer", "success")], test, 0.05);

    private static Dictionary<string, EvaluationReport> Reports(int rft, int control, double p, bool completed) =>
        Of(Policy("longer", control, completed ? 100 : 0, 100), Policy("rft", rft, completed ? 100 : 0, 100), new("longer", "rft", 60, 10, rft > control ? 20 : 5, 10, p));

    private static Dictionary<string, EvaluationReport> Of(PolicyReport control, PolicyReport candidate, PairedComparison pair) => new() { ["final"] = new([control, candidate], [pair]) };

    private static PolicyReport Policy(string name, int successes, int completed, int? episodes = null) => new(
        name, Rft.Policy, GenerationId.From(NameBasedGuid.Of(name)), episodes ?? completed, completed, 0, (episodes ?? completed) - completed,
        Statistics.Wilson(successes, completed), Statistics.Wilson(successes, episodes ?? completed), 8, 0, new Dictionary<string, Proportion>());
}
