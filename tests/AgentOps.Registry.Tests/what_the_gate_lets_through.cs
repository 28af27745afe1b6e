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

    private static (CandidateDecision Decision, double Score) Judge(int rft, int control, double p, string test = "none", bool completed = true, string op = ">") =>
        Gate.Judge(Rft, Work(test, op), Reports(rft, control, p, completed));

    private static PromoteWork Work(string test, string op) =>
        new("agent", "production", [Rft], [], [new("final", "success", op, "longer", "success")], test, 0.05);

    private static Dictionary<string, EvaluationReport> Reports(int rft, int control, double p, bool completed) => new()
    {
        ["final"] = new([Policy("longer", control, completed), Policy("rft", rft, completed)], [new("longer", "rft", 60, 10, 20, 10, p)]),
    };

    private static PolicyReport Policy(string name, int successes, bool completed)
    {
        Proportion share = new(successes, 100, successes / 100.0, 0, 1);
        return new(name, Rft.Policy, GenerationId.From(NameBasedGuid.Of(name)), 100, completed ? 100 : 0, 0, completed ? 0 : 100, share, share, 8, 0, new Dictionary<string, Proportion>());
    }
}
