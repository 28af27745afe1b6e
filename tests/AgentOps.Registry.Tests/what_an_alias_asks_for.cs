using System.Text;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Registry;

namespace AgentOps.Registry.Tests;

public sealed class WhatAnAliasAsksFor
{
    private static readonly RunId Run = RunId.From(NameBasedGuid.Of("run"));
    private static readonly EvaluationId Final = EvaluationId.Of(Run, "8.evaluate");
    private static readonly AliasPolicy Strict = new(PassedGate: true, Gate: new(["final.success > sft.success"], GateTerms.Paired, 0.05));
    private static readonly AliasPolicy FourEyes = new(null, PassedGate: false, Approvals: 1);

    [Fact]
    public void Who_is_not_named_moves_nothing()
    {
        var model = Versions().With(new AliasPolicy(["ada", ModelEvents.Gate], false, 0));

        Assert.IsType<AliasMoved>(Assert.Single(Move(model, 2, "ada")));
        Assert.Equal("agent@production may be moved by ada, gate, not by bob.", Refused(() => Move(model, 2, "bob")));
    }

    [Fact]
    public void A_version_that_no_gate_let_pass_is_not_pointed_at()
    {
        var model = Versions(passed: "sft").With(new AliasPolicy(null, PassedGate: true, 0));

        Assert.IsType<AliasMoved>(Assert.Single(Move(model, 1, "ada", from: 0)));
        Assert.Equal("agent@production may only point at a version that passed a gate, and version 2 did not.", Refused(() => Move(model, 2, "ada", from: 0)));
    }

    [Fact]
    public void A_gate_counts_only_where_it_had_asked_what_the_policy_wants()
    {
        var easy = Versions(passed: "sft").After([Let("sft", EvaluationId.Of(Run, "easy"), new(["final.success >= final.success"]))]).With(Strict);

        Assert.Equal("agent@production may only point at a version that passed a gate which asked 'final.success > sft.success', paired at 0.05, and version 1 did not.", Refused(() => Move(easy, 1, "ada", from: 0)));
        // More than is wanted, at a lower level; and later a gate that asked less, which takes nothing away.
        var hard = easy.After([Let("sft", Final, new(["final.success > sft.success", "final.invalidRate < sft.invalidRate"], GateTerms.Paired, 0.01)), Let("sft", EvaluationId.Of(Run, "easy"), null)]);
        Assert.Equal(Final, Assert.IsType<AliasMoved>(Assert.Single(Move(hard, 1, "ada", from: 0))).Evidence);
    }

    [Theory]
    [InlineData("final.success > sft.success", "paired", 0.05, true)]
    [InlineData("final.success > sft.success", "paired", 0.1, false)]
    [InlineData("final.success > sft.success", "none", 0.05, false)]
    [InlineData("final.success >= sft.success", "paired", 0.05, false)]
    public void A_gate_that_asked_less_than_the_policy_wants_moves_nothing_and_says_so(string when, string test, double alpha, bool moves)
    {
        var work = new PromoteWork("agent", "production", [], [new("final", Final)], GateGrammar.Parse(when), test, alpha);

        var events = Promote(Versions().With(Strict), "rft2", "ada", work);

        var decided = Assert.Single(events.OfType<PromotionDecided>());
        Assert.Equal(moves, events.Any(e => e is AliasMoved));
        Assert.Equivalent(GateTerms.Of(work), decided.Asked);
        if (!moves)
            Assert.Equal($"agent@production may only be moved by a gate that asks 'final.success > sft.success', paired at 0.05, and this one asked {decided.Asked}.", decided.Candidates[0].Findings[^1]);
        // Nor may anybody move it upon that.
        if (!moves)
            Assert.StartsWith("agent@production may only point at a version that passed a gate which asked", Refused(() => Move(Versions().With(Strict).After(events), 4, "ada")), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, "final.success > sft.success", "none", null, "gate says what a passed gate must have asked, and passedGate is not set.")]
    [InlineData(true, "final.success", "none", null, "Of the gate's conditions 'final.success' is not of the form name.metric op name.metric, with >, >=, < or <= for op and 'and' between conditions.")]
    [InlineData(true, "final.success > sft.success", "unpaired", null, "The gate's test is none or paired, the latter with an alpha between 0 and 1 or without one.")]
    [InlineData(true, "final.success > sft.success", "paired", 1.0, "The gate's test is none or paired, the latter with an alpha between 0 and 1 or without one.")]
    [InlineData(true, "final.success > sft.success", "none", 0.05, "The gate's test is none or paired, the latter with an alpha between 0 and 1 or without one.")]
    public void A_policy_that_asks_of_a_gate_what_none_can_ask_is_refused(bool passedGate, string when, string test, double? alpha, string sentence)
    {
        var refused = Assert.Throws<ProblemException>(() => AliasMoves.SetPolicy(null, "agent", "production", new(PassedGate: passedGate, Gate: new([when], test, alpha)), "root"));

        Assert.Equal((400, sentence), (refused.Status, refused.Message));
    }

    [Fact]
    public void Conditions_are_kept_as_a_gates_decision_names_them() => Assert.Equal(["final.success > sft.success"],
        Assert.IsType<AliasPolicySet>(Assert.Single(AliasMoves.SetPolicy(null, "agent", "production", new(PassedGate: true, Gate: new(["final.success>sft.success"])), "root"))).Policy.Gate!.When);

    [Fact]
    public void Who_moves_to_a_version_that_a_gate_let_pass_moves_upon_the_evaluation_that_it_passed_by_where_the_policy_asks_for_that()
    {
        var free = Versions(passed: "sft");

        Assert.Equal(Final, Assert.IsType<AliasMoved>(Move(free.With(new AliasPolicy(PassedGate: true)), 1, "ada", from: 0)[0]).Evidence);
        Assert.Null(Assert.IsType<AliasMoved>(Move(free, 1, "ada", from: 0)[0]).Evidence);
    }

    [Fact]
    public void What_a_person_asked_for_upon_evidence_is_moved_by_the_person_and_what_a_gate_did_by_the_gate()
    {
        var model = Versions(passed: "sft").With(new AliasPolicy(PassedGate: true, Approvals: 1));
        var asked = model.After(Move(model, 1, "ada", from: 0));
        // An event of before it was said who moves.
        var before = model.After([new AliasMoveProposed("agent", "production", 1, null, Final, "ada")]);

        Assert.Equivalent(new AliasMoved("agent", "production", 1, null, Final, "ada", ["grace"]), AliasMoves.Approve(asked, "agent", "production", 1, "grace")[^1], strict: true);
        Assert.Equivalent(new AliasMoved("agent", "production", 1, null, Final, ModelEvents.Gate, ["grace"]), AliasMoves.Approve(before, "agent", "production", 1, "grace")[^1], strict: true);
    }

    [Fact]
    public void Each_says_its_own_reason_and_the_move_has_that_of_who_asked()
    {
        var asked = Versions().With(FourEyes);
        asked = asked.After(Model.MoveAlias(asked, "agent", "production", 2, 1, "ada", "the release"));

        Assert.Equal([new AliasMoveRejected("agent", "production", 2, "grace", "too early")], AliasMoves.Reject(asked, "agent", "production", 2, "grace", "too early"));
        var approved = AliasMoves.Approve(asked, "agent", "production", 2, "grace", "the figures hold");
        Assert.Equal(("the figures hold", "the release"), (Assert.IsType<AliasMoveApproved>(approved[0]).Reason, Assert.IsType<AliasMoved>(approved[1]).Reason));
    }

    [Theory]
    [InlineData("")]
    [InlineData("two\nlines")]
    public void A_reason_is_one_line(string reason)
    {
        var model = Versions().With(FourEyes);
        var asked = model.After(Move(model, 2, "ada"));

        foreach (var (what, say) in new (string, Action)[]
        {
            ("move", () => Model.MoveAlias(model, "agent", "production", 2, 1, "ada", reason)),
            ("approval", () => AliasMoves.Approve(asked, "agent", "production", 2, "grace", reason)),
            ("rejection", () => AliasMoves.Reject(asked, "agent", "production", 2, "grace", reason)),
        })
            Assert.Equal($"A {what} says why, in 1 to 500 characters on one line.", Assert.Throws<ProblemException>(say).Message);
    }

    [Fact]
    public void With_four_eyes_a_move_waits_until_somebody_else_approves_it()
    {
        var asked = Versions().With(FourEyes).After(Move(Versions().With(FourEyes), 2, "ada"));

        Assert.Equal(1, asked.Alias("production"));
        Assert.Equal(403, Assert.Throws<ProblemException>(() => AliasMoves.Approve(asked, "agent", "production", 2, "ada")).Status);
        var approved = AliasMoves.Approve(asked, "agent", "production", 2, "grace");
        Assert.Equal([new AliasMoveApproved("agent", "production", 2, "grace")], approved.SkipLast(1));
        Assert.Equivalent(new AliasMoved("agent", "production", 2, 1, null, "ada", ["grace"]), approved[^1], strict: true);
        var moved = asked.After(approved);
        Assert.Equal(2, moved.Alias("production"));
        Assert.Empty(moved.Proposals);
    }

    [Fact]
    public void One_persons_approval_counts_once()
    {
        var asked = Versions().With(FourEyes with { Approvals = 2 });
        asked = asked.After(Move(asked, 2, "ada"));
        asked = asked.After(AliasMoves.Approve(asked, "agent", "production", 2, "grace"));

        Assert.Empty(AliasMoves.Approve(asked, "agent", "production", 2, "grace"));
        Assert.IsType<AliasMoved>(AliasMoves.Approve(asked, "agent", "production", 2, "edsger")[^1]);
    }

    [Fact]
    public void What_is_approved_is_what_is_proposed_now()
    {
        var asked = Versions().With(FourEyes);
        asked = asked.After(Move(asked, 2, "ada"));
        var again = asked.After(Move(asked, 3, "bob"));

        Assert.Equal(409, Assert.Throws<ProblemException>(() => AliasMoves.Approve(again, "agent", "production", 2, "grace")).Status);
        var rejected = again.After(AliasMoves.Reject(again, "agent", "production", 3, "grace"));
        Assert.Equal(404, Assert.Throws<ProblemException>(() => AliasMoves.Approve(rejected, "agent", "production", 3, "grace")).Status);
    }

    [Fact]
    public void Who_may_approve_need_not_be_one_who_may_ask()
    {
        var model = Versions().With(new AliasPolicy(Movers: [ModelEvents.Gate], PassedGate: true, Approvals: 1));
        var asked = model.After(Promote(model, "rft2", "ada"));

        Assert.IsType<AliasMoved>(AliasMoves.Approve(asked, "agent", "production", 4, "grace")[^1]);
    }

    [Fact]
    public void A_policy_that_changes_takes_the_open_proposal_with_it()
    {
        var asked = Versions().With(FourEyes);
        asked = asked.After(Move(asked, 2, "ada"));

        Assert.Empty(asked.After(AliasMoves.SetPolicy(asked, "agent", "production", FourEyes with { Approvals = 3 }, "root")).Proposals);
    }

    [Fact]
    public void With_four_eyes_a_gate_proposes_and_who_submitted_the_run_cannot_approve_it()
    {
        var model = Versions().With(FourEyes);

        var events = Promote(model, "rft2", "ada");

        var decided = Assert.Single(events.OfType<PromotionDecided>());
        Assert.Null(decided.Version);
        Assert.True(Assert.Single(decided.Candidates).Passed);
        Assert.Equal("agent@production moves to version 4 once 1 besides ada approved it.", decided.Candidates[0].Findings[^1]);
        var asked = model.After(events);
        Assert.Equal(403, Assert.Throws<ProblemException>(() => AliasMoves.Approve(asked, "agent", "production", 4, "ada")).Status);
        Assert.Equivalent(new AliasMoved("agent", "production", 4, 1, Final, ModelEvents.Gate, ["grace"]), AliasMoves.Approve(asked, "agent", "production", 4, "grace")[^1], strict: true);
    }

    [Fact]
    public void A_gate_that_the_policy_does_not_name_leaves_it_to_those_whom_it_names_to_move_the_alias_upon_what_it_found()
    {
        var model = Versions().With(new AliasPolicy(["ada"], PassedGate: true, 0));
        var events = Promote(model, "rft2", "bob");

        var decided = Assert.Single(events.OfType<PromotionDecided>());
        Assert.Null(decided.Version);
        Assert.Empty(events.OfType<AliasMoved>());
        Assert.True(decided.Candidates[0].Passed);
        Assert.Equal("agent@production may be moved by ada, not by gate.", decided.Candidates[0].Findings[^1]);
        Assert.Equal(Final, Assert.IsType<AliasMoved>(Assert.Single(Move(model.After(events), 4, "ada"))).Evidence);
    }

    /// <summary>Three versions, the first at production unless a gate is told which passed.</summary>
    private static Model Versions(string? passed = null)
    {
        string[] names = ["sft", "rft", "eto"];
        var model = names.Index().Aggregate((Model?)null, (state, name) => Model.Evolve(state, new ModelVersionRegistered("agent", name.Index + 1, DigestOf(name.Item), Run, name.Item)))!;
        return passed is null
            ? model.After([new AliasMoved("agent", "production", 1, null, null, "root")])
            : model.After([new PromotionDecided("agent", "other", new(Run, "9.promote", 1), null, [new(passed, DigestOf(passed), true, [])], [Final])]);
    }

    private static IReadOnlyList<IEvent> Move(Model model, int version, string who, int from = 1) => Model.MoveAlias(model, "agent", "production", version, from, who);

    private static PromotionDecided Let(string candidate, EvaluationId by, GateTerms? asked) =>
        new("agent", "other", new(Run, "9.promote", 2), null, [new(candidate, DigestOf(candidate), true, [])], [by], asked);

    private static IReadOnlyList<IEvent> Promote(Model model, string candidate, string submittedBy, PromoteWork? work = null) => Model.Promote(
        model, new(RunId.From(NameBasedGuid.Of("later run")), "9.promote", 1), work ?? new PromoteWork("agent", "production", [], [new("final", Final)], [], "none", 0.05),
        [(new CandidateDecision(candidate, DigestOf(candidate), Passed: true, []), 1)], model.Length, submittedBy);

    private static string Refused(Action move)
    {
        var refused = Assert.Throws<ProblemException>(move);
        Assert.Equal(403, refused.Status);
        return refused.Message;
    }

    private static Digest DigestOf(string name) => Digest.Of(Encoding.UTF8.GetBytes(name));
}

internal static class ModelHistory
{
    public static Model After(this Model model, IEnumerable<IEvent> events) => events.Aggregate(model, Model.Evolve);

    public static Model With(this Model model, AliasPolicy policy) => model.After([new AliasPolicySet("agent", "production", policy, "root")]);
}
