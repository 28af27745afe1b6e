namespace AgentOps.Proofs.Tests;

public sealed class decisions_in_a_bundle : IDisposable
{
    private readonly SampleBundle _bundle = new();

    [Fact]
    public void A_bundle_of_an_alias_proves_who_moved_it_upon_what_and_who_agreed()
    {
        var evidence = _bundle.Moved().Verified(_bundle.Signer.PublicKey);

        // The sample's clock begins at 1,700,000,000 s, and every event is a microsecond later.
        Assert.Equal(
            [
                "production was moved to version 1 by bob at 2023-11-14 22:13:20 UTC on the evidence of evaluation e: the release",
                "a gate let the version pass at 2023-11-14 22:13:20 UTC: rft is better.",
                "asked for by bob at 2023-11-14 22:13:20 UTC: the release",
                "approved by grace at 2023-11-14 22:13:20 UTC: the figures hold",
                "the policy of root was in force: any operator may move it, to versions that passed a gate, with 1 approvals by others",
            ], evidence.Move!.Lines);
        Assert.Equal(["model-version agent@production", "model-version agent:1"], evidence.Lineage.Take(2).Select(node => $"{node.Reference.Kind} {node.Reference.Id}"));
        Assert.Superset(new HashSet<string> { "bob", "grace" }, evidence.Lineage.Where(node => node.Reference.Kind == "person").Select(node => node.Reference.Id).ToHashSet());
        Assert.Equal(DateTimeOffset.FromUnixTimeSeconds(1_700_000_000).AddMicroseconds(evidence.Move.Position - 1), evidence.Move.At);
    }

    [Fact]
    public void A_bundle_of_a_deployment_proves_who_activated_it_and_the_move_of_the_alias_that_named_it()
    {
        var evidence = _bundle.Moved().Deployed().Verified();

        Assert.Equal(["talk answers with agent:1, activated by dora at 2023-11-14 22:13:20 UTC", "named by agent@production"], evidence.Deployment!.Lines);
        Assert.Equal("grace", Assert.Single(evidence.Move!.Approvals).By);
    }

    [Fact]
    public void A_deployment_that_no_alias_named_says_so()
    {
        var evidence = _bundle.Deployed(alias: false).Verified();

        Assert.Null(evidence.Move);
        Assert.Equal("no alias named the version, and so no alias's policy stands behind it", evidence.Deployment!.Lines.Last());
    }

    [Theory]
    [InlineData("model.version-registered.v1", 0)]
    [InlineData("model.promotion-decided.v1", 0)]
    [InlineData("model.alias-policy-set.v1", 0)]
    [InlineData("model.alias-move-proposed.v1", 0)]
    [InlineData("model.alias-move-rejected.v1", 0)]
    [InlineData("model.alias-move-proposed.v1", 1)]
    [InlineData("model.alias-move-approved.v1", 0)]
    [InlineData("model.alias-moved.v1", 0)]
    public void Nothing_that_led_to_the_move_can_be_left_out(string type, int n)
    {
        var missing = _bundle.Moved().PositionOf(type, n);
        _bundle.Decisions.Remove(missing);

        Assert.Equal($"The bundle does not have event {_bundle.At(missing).Version} of the stream model-agent: how agent@production came to version 1 is not whole.", Refused());
    }

    [Fact]
    public void Nothing_that_led_to_the_move_can_be_changed()
    {
        _bundle.Moved().Change = (name, text) => name == EvidenceBundle.DecisionsFile ? text.Replace("approvals\\\":1", "approvals\\\":0", StringComparison.Ordinal) : text;

        Assert.StartsWith($"Event {_bundle.PositionOf("model.alias-policy-set.v1")} is not the one that the checkpoint", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(new string[0], new[] { "grace" }, "which names as approvers grace, and nobody approved")]
    [InlineData(new[] { "grace" }, new[] { "linus" }, "which names as approvers linus, and grace approved")]
    [InlineData(new string[0], new string[0], "and its policy asked for 1 approvals of that by others, and 0 were given")]
    [InlineData(new[] { "bob" }, new string[0], "and its policy asked for 1 approvals of that by others, and 0 were given")]
    public void A_move_without_the_approvals_that_its_policy_asked_for_is_refused(string[] approvers, string[] named, string why) => AssertRefused(_bundle.Moved(approvers, named), why);

    [Fact]
    public void What_was_approved_is_not_another_version() => AssertRefused(_bundle.Moved(proposed: 2), "and its policy asked for 1 approvals of that by others, and none of them is of it");

    [Fact]
    public void One_who_approves_twice_is_one() =>
        AssertRefused(_bundle.Moved(["grace", "grace"], ["grace"], policy: new { passedGate = true, approvals = 2 }), "and its policy asked for 2 approvals of that by others, and 1 were given");

    [Fact]
    public void A_move_by_whom_the_policy_does_not_name_is_refused() =>
        AssertRefused(_bundle.Moved(policy: new { movers = new[] { "ada", "gate" }, passedGate = false, approvals = 1 }), "by bob, and its policy names ada, gate");

    [Fact]
    public void A_move_to_a_version_that_no_gate_let_pass_is_refused_where_the_policy_asks_for_one()
    {
        _bundle.Model = SampleBundle.DigestOf(_bundle.Others);
        _bundle.Moved(version: 2).Listed = [.. _bundle.Listed.Append(_bundle.PositionOf("model.version-registered.v1", 1)).Order()];
        _bundle.Listed.Remove(_bundle.PositionOf("model.promotion-decided.v1"));
        foreach (var type in (string[])["training.queued.v1", "training.completed.v1"])
            _bundle.Listed.Remove(_bundle.PositionOf(type));
        _bundle.Listed.Remove(_bundle.PositionOf("model.version-registered.v1"));

        Assert.EndsWith("and its policy asked for a version that a gate had let pass, which none had.", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void That_the_gate_itself_moved_it_is_shown_by_what_the_gate_decided()
    {
        var policy = new { passedGate = true, approvals = 0 };
        Assert.Equal("gate", _bundle.Moved([], [], "gate", policy).Verified().Move!.MovedBy);
        using var undecided = new SampleBundle();
        undecided.Log[(int)undecided.PositionOf("model.promotion-decided.v1") - 1] = undecided.At(undecided.PositionOf("model.promotion-decided.v1")) is var decided
            ? decided with { Data = decided.Data.Replace("\"passed\":true", "\"passed\":false", StringComparison.Ordinal) } : null!;

        Assert.EndsWith("and its policy asked for a version that a gate had let pass, which none had.", Refused(() => undecided.Moved([], [], "gate", policy).Verified()), StringComparison.Ordinal);
    }

    [Fact]
    public void A_move_of_before_moves_named_their_evidence_rests_on_any_gate_that_let_the_version_pass()
    {
        var move = _bundle.Moved(evidence: false).Verified().Move!;

        Assert.Equal((null, null), (move.Evidence, move.Gate));
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData("""{"when":["final.success >= final.success"],"test":"none"}""", false)]
    [InlineData("""{"when":["rft.success > sft.success"],"test":"paired","alpha":0.1}""", false)]
    [InlineData("""{"when":["rft.invalidRate < sft.invalidRate","rft.success > sft.success"],"test":"paired","alpha":0.05}""", true)]
    public void A_gate_that_had_asked_less_than_the_policy_wants_let_nothing_pass(string? asked, bool passes)
    {
        var position = _bundle.PositionOf("model.promotion-decided.v1");
        if (asked is not null)
            _bundle.Log[(int)position - 1] = _bundle.At(position) is var decided ? decided with { Data = $$"""{"asked":{{asked}},{{decided.Data[1..]}}""" } : null!;
        _bundle.Moved(policy: new { passedGate = true, approvals = 1, gate = new { when = (string[])["rft.success > sft.success"], test = "paired", alpha = 0.05 } });

        if (passes)
            Assert.Equal("the policy of root was in force: any operator may move it, to versions that passed a gate which asked 'rft.success > sft.success', paired at 0.05, with 1 approvals by others", _bundle.Verified().Move!.Lines.Last());
        else
            AssertRefused(_bundle, "and its policy asked for a version that a gate had let pass which had asked 'rft.success > sft.success', paired at 0.05, which none had");
    }

    [Fact]
    public void A_bundle_of_two_moves_is_about_none()
    {
        _bundle.Moved().Moved();

        Assert.Equal("The bundle must have one move of agent@production, and has 2.", Refused());
    }

    [Fact]
    public void What_came_after_the_move_does_not_belong_to_it()
    {
        _bundle.Moved().Add(SampleDecisions.ModelStream, "model.alias-policy-set.v1", [], [], ("alias", "production"), ("policy", new { passedGate = false, approvals = 0 }), ("setBy", "eve"));
        _bundle.Decisions.Add(_bundle.Log.Count);

        Assert.Equal($"Event {_bundle.Log.Count} stands behind the move of agent@production, and does not belong to it.", Refused());
    }

    [Fact]
    public void A_deployment_by_another_move_than_it_names_is_refused()
    {
        var move = _bundle.Moved().PositionOf("model.alias-moved.v1");

        Assert.Equal($"talk was activated by move 3 of agent@production to version 1, and the bundle has another: event {move}.", Refused(() => _bundle.Deployed(move: 3).Verified()));
    }

    [Fact]
    public void How_an_alias_was_moved_cannot_be_left_out_and_is_not_of_a_version()
    {
        var version = _bundle.Subject;
        _bundle.Moved().Decisions = [];
        Assert.Equal("The bundle has no decisions.jsonl.", Refused());

        _bundle.Subject = version;
        _bundle.Listed.Remove(_bundle.PositionOf("model.alias-moved.v1"));
        _bundle.Decisions = [1];
        Assert.Equal("The bundle is about no alias, and holds decisions.jsonl.", Refused());
    }

    public void Dispose() => _bundle.Dispose();

    private static void AssertRefused(SampleBundle bundle, string why) =>
        Assert.Equal($"agent@production was moved to version 1 by event {bundle.PositionOf("model.alias-moved.v1")}, {why}.", Refused(() => bundle.Verified()));

    private string Refused() => Refused(() => _bundle.Verified());

    private static string Refused(Action verify) => Assert.Throws<EvidenceRefusedException>(verify).Message;
}
