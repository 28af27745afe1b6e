namespace AgentOps.Proofs;

/// <summary>Which events a thing that the pipeline makes is made by, and whether all of them are there: what counts its parts says how many there are.</summary>
internal static class EvidenceBooks
{
    // A judgement of single trajectories, and one of people who compare two.
    private const string Judged = "judgement.completed.v1";
    private const string Compared = "judgement.comparison-completed.v1";

    private static readonly Dictionary<string, string[]> MadeBy = new(StringComparer.Ordinal)
    {
        ["run"] = ["run.submitted.v1"],
        ["generation"] = ["generation.planned.v1", "generation.shard-completed.v1", "generation.completed.v1"],
        ["trajectory"] = ["trajectory.recorded.v1"],
        ["judgement"] = ["judgement.planned.v1", Judged],
        ["comparison"] = ["judgement.comparison-planned.v1", Compared],
        ["dataset"] = ["dataset.built.v1"],
        ["training"] = ["training.queued.v1"],
        ["model"] = [EvidenceEvent.TrainingCompleted],
        ["evaluation"] = ["evaluation.planned.v1", "evaluation.completed.v1"],
        [EvidenceReference.VersionKind] = [ModelStream.Registered],
        ["alias"] = [ModelStream.Moved],
        [EvidenceReference.DeploymentKind] = [ModelStream.Activated],
    };

    // Who plays may do so with a policy in the midst of its training.
    private static readonly string[] Players = ["generation.planned.v1", "trajectory.recorded.v1"];
    private const string Midst = "training.iteration-requested.v1";

    /// <summary>Everything else, such as an environment or a person, comes from outside and needs no event.</summary>
    /// <param name="reader">What read it; null where it is asked for by itself.</param>
    /// <exception cref="EvidenceRefusedException">An event is missing.</exception>
    public static void Check(EvidenceReference made, IReadOnlyList<EvidenceEvent> by, EvidenceEvent? reader)
    {
        if (!MadeBy.TryGetValue(KindOf(made, by), out var types) || (reader is not null && Players.Contains(reader.Type) && by.Any(e => e.Type == Midst)))
            return;
        foreach (var type in types)
            if (by.All(e => e.Type != type))
                throw new EvidenceRefusedException($"The bundle has no {type} of {made.Kind} {made.Id}: its lineage is not whole.");
        if (made.Kind == "generation")
            CheckShards(made, by);
        if (made.Kind == "judgement")
            CheckVerdicts(made, by);
    }

    /// <summary>A shard lists its trajectories; the plan says how many shards there are.</summary>
    private static void CheckShards(EvidenceReference generation, IReadOnlyList<EvidenceEvent> by)
    {
        var planned = by.First(e => e.Type == "generation.planned.v1").Number("shards");
        var there = by.Where(e => e.Type == "generation.shard-completed.v1").Select(e => e.Number("shard")).Order().ToList();
        if (there.Count != planned || there.Where((shard, i) => shard != i).Any())
            throw new EvidenceRefusedException($"The bundle has {there.Count} of the {planned} shards of generation {generation.Id}: its lineage is not whole.");
    }

    private static string KindOf(EvidenceReference made, IReadOnlyList<EvidenceEvent> by) => made.Kind switch
    {
        EvidenceReference.VersionKind when made.Id.Contains('@', StringComparison.Ordinal) => "alias",
        "judgement" when by.Any(e => e.Type.StartsWith("judgement.comparison-", StringComparison.Ordinal)) => "comparison",
        var kind => kind,
    };

    private static void CheckVerdicts(EvidenceReference judgement, IReadOnlyList<EvidenceEvent> by)
    {
        CheckVerdicts(judgement, by, Judged, "judgement.recorded.v1", "accepted", "rejected", "unusable");
        CheckVerdicts(judgement, by, Compared, "judgement.pair-compared.v1", "decided", "tied", "unusable");
    }

    private static void CheckVerdicts(EvidenceReference judgement, IReadOnlyList<EvidenceEvent> by, string end, string verdict, params string[] counts)
    {
        var there = by.Count(e => e.Type == verdict);
        foreach (var completed in by.Where(e => e.Type == end))
            if (counts.Sum(completed.Number) is var counted && counted != there)
                throw new EvidenceRefusedException($"The bundle has {there} of the {counted} verdicts of judgement {judgement.Id}: its lineage is not whole.");
    }
}
