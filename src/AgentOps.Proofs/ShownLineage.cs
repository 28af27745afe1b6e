namespace AgentOps.Proofs;

/// <summary>A lineage as it is shown: of many trajectories some are listed and the rest is counted.</summary>
/// <param name="Complete">False: there is more than is listed.</param>
public sealed record ShownLineage(EvidenceReference Root, bool Complete, IReadOnlyList<ShownNode> Nodes)
{
    private const int MembersShown = 2;
    private const int OthersShown = 50;

    /// <summary>What a bundle proves.</summary>
    public static ShownLineage Of(Evidence evidence) => new(evidence.Subject.Subject, Complete: true, [.. evidence.Lineage.Select(Node)]);

    private static ShownNode Node(EvidenceNode node)
    {
        var inputs = node.Inputs.ToLookup(input => input.Kind);
        return new(node.Reference,
            [.. node.Events.Select(e => new ShownEvent(e.Position, e.Type)).DistinctBy(e => e.Type)],
            [.. inputs.SelectMany(kind => kind.Take(Most(kind.Key)))],
            inputs.Where(kind => kind.Count() > Most(kind.Key)).ToDictionary(kind => kind.Key, kind => (long)kind.Count() - Most(kind.Key)));
    }

    private static int Most(string kind) => kind == "trajectory" ? MembersShown : OthersShown;
}

/// <param name="Counted">What it read beyond the inputs that are listed, by kind.</param>
/// <param name="ErasedAt">Of a subject: when its key was gone.</param>
/// <param name="Names">Of a file of models: what it is called there.</param>
public sealed record ShownNode(
    EvidenceReference Reference,
    IReadOnlyList<ShownEvent>? Events = null,
    IReadOnlyList<EvidenceReference>? Inputs = null,
    IReadOnlyDictionary<string, long>? Counted = null,
    string? ErasedAt = null,
    IReadOnlyList<string>? Names = null);

public sealed record ShownEvent(long Position, string Type);
