using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Registry;

namespace AgentOps.Registry.Tests;

public sealed class WhenAModelIsPromoted
{
    private static readonly RunId Run = RunId.From(NameBasedGuid.Of("run"));
    private static readonly StepKey Step = new(Run, "9.promote", 1);
    private static readonly StepKey Earlier = new(RunId.From(NameBasedGuid.Of("earlier run")), "9.promote", 1);
    private static readonly EvaluationId Final = EvaluationId.Of(Run, "8.evaluate");

    [Fact]
    public void The_best_candidate_that_passes_takes_the_alias_and_all_are_registered()
    {
        var events = Promote(null, [("rft", 0.7, true), ("eto", 0.8, true), ("sft", 0.9, false)]);

        Assert.Equal([1, 2, 3], events.OfType<ModelVersionRegistered>().Select(e => e.Version));
        var moved = Assert.Single(events.OfType<AliasMoved>());
        Assert.Equal((2, (int?)null, (EvaluationId?)Final), (moved.Version, moved.Previous, moved.Evidence));
        Assert.Equal(2, Assert.Single(events.OfType<PromotionDecided>()).Version);
    }

    [Fact]
    public void What_the_gate_decided_stands_before_the_move_that_rests_on_it() =>
        Assert.Equal([typeof(ModelVersionRegistered), typeof(PromotionDecided), typeof(AliasMoved)], Promote(null, [("rft", 0.7, true)]).Select(e => e.GetType()));

    [Fact]
    public void A_refused_gate_leaves_the_alias_where_it_was()
    {
        var before = Fold(null, Promote(null, [("sft", 0.5, true)]));

        var events = Promote(before, [("rft", 0.6, false)], Step with { Attempt = 2 });

        Assert.Empty(events.OfType<AliasMoved>());
        Assert.Null(Assert.Single(events.OfType<PromotionDecided>()).Version);
        Assert.Equal(1, Fold(before, events).Alias("production"));
    }

    [Fact]
    public void A_step_said_twice_promotes_once()
    {
        var after = Fold(null, Promote(null, [("sft", 0.5, true)]));

        Assert.Empty(Promote(after, [("sft", 0.5, true)]));
    }

    [Fact]
    public void A_further_attempt_registers_no_version_twice()
    {
        var after = Fold(null, Promote(null, [("sft", 0.5, true)]));

        var events = Promote(after, [("sft", 0.5, true)], Step with { Attempt = 2 });

        Assert.Empty(events.OfType<ModelVersionRegistered>());
        Assert.Equal(1, Assert.Single(events.OfType<PromotionDecided>()).Version);
    }

    [Theory]
    [InlineData(0, 412)]
    [InlineData(2, 412)]
    [InlineData(null, 428)]
    public void An_alias_moves_only_from_where_the_caller_believes_it_to_be(int? expected, int status)
    {
        var model = Fold(null, Promote(null, [("sft", 0.5, true), ("rft", 0.4, false)]));

        var refused = Assert.Throws<ProblemException>(() => Model.MoveAlias(model, "agent", "production", 2, expected, "ada"));

        Assert.Equal(status, refused.Status);
        Assert.IsType<AliasMoved>(Assert.Single(Model.MoveAlias(model, "agent", "production", 2, 1, "ada")));
    }

    [Fact]
    public void An_alias_cannot_point_at_a_version_that_is_not_there() =>
        Assert.Equal(404, Assert.Throws<ProblemException>(() => Model.MoveAlias(Fold(null, Promote(null, [("sft", 0.5, true)])), "agent", "production", 7, 1, "ada")).Status);

    [Fact]
    public void What_somebody_else_did_to_the_alias_since_the_run_began_stands()
    {
        var before = Fold(null, Promote(null, [("sft", 0.5, true), ("rft", 0.4, false)], Earlier));
        var rolledBack = Fold(before, Model.MoveAlias(before, "agent", "production", 2, 1, "ada"));

        var events = Promote(rolledBack, [("eto", 0.9, true)], lengthBefore: before.Length);

        Assert.Empty(events.OfType<AliasMoved>());
        var decided = Assert.Single(events.OfType<PromotionDecided>());
        Assert.Null(decided.Version);
        Assert.Contains("agent@production was moved to version 2 while this run went on", Assert.Single(decided.Candidates).Findings[^1], StringComparison.Ordinal);
        // Whoever decides anew may rely on what the gate has found.
        Assert.True(decided.Candidates[0].Passed);
        var asked = Fold(rolledBack, [.. events, new AliasPolicySet("agent", "production", new(PassedGate: true), "root")]);
        Assert.Equal(Final, Assert.IsType<AliasMoved>(Assert.Single(Model.MoveAlias(asked, "agent", "production", 3, 2, "ada"))).Evidence);
    }

    [Fact]
    public void What_was_done_to_the_alias_before_the_run_began_is_replaced()
    {
        var before = Fold(null, Promote(null, [("sft", 0.5, true)], Earlier));

        var events = Promote(before, [("eto", 0.9, true)], lengthBefore: before.Length);

        Assert.Equal((2, (int?)1), (Assert.Single(events.OfType<AliasMoved>()).Version, events.OfType<AliasMoved>().Single().Previous));
    }

    [Fact]
    public void A_run_may_replace_what_itself_promoted()
    {
        var first = Fold(null, Promote(null, [("sft", 0.5, true)]));

        var events = Promote(first, [("eto", 0.9, true)], Step with { Path = "12.promote" });

        Assert.Equal(2, Assert.Single(events.OfType<AliasMoved>()).Version);
    }

    private static IReadOnlyList<IEvent> Promote(Model? state, (string Name, double Score, bool Passed)[] candidates, StepKey? step = null, int lengthBefore = 0) =>
        Model.Promote(state, step ?? Step, new PromoteWork("agent", "production", [], [new("final", Final)], [], "none", 0.05),
            [.. candidates.Select(c => (new CandidateDecision(c.Name, Digest.Of(System.Text.Encoding.UTF8.GetBytes(c.Name)), c.Passed, []), c.Score))], lengthBefore, "ada");

    private static Model Fold(Model? state, IReadOnlyList<IEvent> events) => events.Aggregate(state, (model, e) => Model.Evolve(model, e))!;
}
