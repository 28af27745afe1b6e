namespace AgentOps.Proofs.Tests;

/// <summary>What people did with the sample's version: an alias under four eyes that bob asked to move and grace approved, and a deployment that named the alias. A test changes one thing of it before it is signed.</summary>
internal static class SampleDecisions
{
    public const string ModelStream = "model-agent";
    private static readonly EvidenceReference Version = new("model-version", "agent:1");
    private static readonly EvidenceReference Alias = new("model-version", "agent@production");

    /// <summary>A bundle about the alias.</summary>
    /// <param name="approvers">Who approved, in this order.</param>
    /// <param name="named">Whom the move names as approvers; null: just these.</param>
    /// <param name="mover">Who moves it.</param>
    /// <param name="policy">What it takes; null: a passed gate, and the approval of one besides the one who asked.</param>
    /// <param name="version">The version that it is moved to.</param>
    /// <param name="proposed">The version that bob asked for; null: the same.</param>
    /// <param name="evidence">Whether it names the evaluation that it rests on.</param>
    public static SampleBundle Moved(this SampleBundle bundle, string[]? approvers = null, string[]? named = null, string mover = "bob", object? policy = null, int version = 1, int? proposed = null, bool evidence = true)
    {
        approvers ??= ["grace"];
        bundle.Add(ModelStream, "model.alias-policy-set.v1", [], [], ("alias", "production"), ("policy", policy ?? new { passedGate = true, approvals = 1 }), ("setBy", "root"));
        bundle.Add(ModelStream, "model.alias-move-proposed.v1", [Version], [], ("alias", "production"), ("version", version), ("proposedBy", "eve"));
        bundle.Add(ModelStream, "model.alias-move-rejected.v1", [Version], [], ("alias", "production"), ("version", version), ("rejectedBy", "grace"));
        bundle.Add(ModelStream, "model.alias-move-proposed.v1", [Version], [], ("alias", "production"), ("version", proposed ?? version), ("proposedBy", "bob"), ("mover", mover), ("reason", "the release"));
        foreach (var person in approvers)
            bundle.Add(ModelStream, "model.alias-move-approved.v1", [Version], [], ("alias", "production"), ("version", version), ("approvedBy", person), ("reason", "the figures hold"));
        bundle.Add(ModelStream, "model.alias-moved.v1", [new("model-version", $"agent:{version}"), .. evidence ? [new("evaluation", "e")] : Array.Empty<EvidenceReference>(), .. approvers.Append(mover).Select(person => new EvidenceReference("person", person))], [Alias],
            [("model", "agent"), ("alias", "production"), ("version", version), .. evidence ? [("evidence", "e")] : Array.Empty<(string, object)>(), ("movedBy", mover), ("approvedBy", named ?? approvers), ("reason", "the release")]);
        bundle.Listed = [.. bundle.Listed, bundle.Log.Count];
        bundle.Decisions = [.. bundle.Log.Where(e => e.Stream == ModelStream).Select(e => e.Position)];
        bundle.Subject = Alias;
        return bundle;
    }

    /// <summary>A bundle about a deployment.</summary>
    /// <param name="alias">Whether the alias named the version.</param>
    /// <param name="move">The number of the move that the activation names; null: that of the alias.</param>
    public static SampleBundle Deployed(this SampleBundle bundle, bool alias = true, int? move = null)
    {
        (string, object)[] named = alias ? [("alias", "production"), ("move", move ?? bundle.At(bundle.PositionOf("model.alias-moved.v1")).Version)] : [];
        bundle.Add("deployment-talk", "deployment.activated.v1", [Version, new("model", bundle.Model), new("person", "dora")], [new("deployment", "talk")],
            [("deployment", "talk"), ("model", "agent"), ("version", 1), ("digest", bundle.Model), ("activatedBy", "dora"), .. named]);
        bundle.Listed = [.. bundle.Listed, bundle.Log.Count];
        bundle.Subject = new("deployment", "talk");
        return bundle;
    }
}
