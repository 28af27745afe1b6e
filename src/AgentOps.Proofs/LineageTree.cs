namespace AgentOps.Proofs;

/// <summary>A lineage, a list of nodes and of what each was made from, as a tree. What stands above already is named again without its branches; below an alias and a deployment stands first who moved it and who agreed.</summary>
public sealed class LineageTree
{
    // Beyond that nobody reads, and the stack is not endless.
    private const int Deepest = 400;
    private readonly Dictionary<EvidenceReference, ShownNode> _nodes;
    private readonly HashSet<EvidenceReference> _above = [];
    private readonly Dictionary<EvidenceReference, IEnumerable<string>> _said = [];
    private readonly bool _complete;

    private LineageTree(ShownLineage lineage)
    {
        _nodes = lineage.Nodes.ToDictionary(node => node.Reference);
        _complete = lineage.Complete;
        if (lineage.Move is { } move)
            _said[EvidenceReference.AliasOf(move.Model, move.Alias)] = move.Lines;
        if (lineage.Deployment is { } deployment)
            _said[new(EvidenceReference.DeploymentKind, deployment.Deployment)] = deployment.Lines;
    }

    public static TextTree Of(ShownLineage lineage)
    {
        var shown = new LineageTree(lineage);
        var tree = shown.Labelled(lineage.Root);
        shown.Grow(tree, lineage.Root);
        return tree;
    }

    /// <summary>Digests by their first twelve digits; JSON has them whole.</summary>
    public static string Shortened(string id)
    {
        var at = id.IndexOf("sha256:", StringComparison.Ordinal);
        return at >= 0 && id.Length > at + 19 ? id[..(at + 19)] + "…" : id;
    }

    /// <summary>An origin that stands above already is not repeated; a model or a data set is, and a person, who may have done several things.</summary>
    private void Grow(TextTree at, EvidenceReference reference, int depth = 0)
    {
        if (depth == Deepest)
        {
            at.Add(TextTree.Remark("and what that was made from"));
            return;
        }
        _above.Add(reference);
        foreach (var line in _said.GetValueOrDefault(reference, []))
            at.Add(TextTree.Said(line));
        if (!_nodes.TryGetValue(reference, out var node))
            return;
        foreach (var line in (node.Makings ?? []).SelectMany(making => making.Lines()))
            at.Add(TextTree.Remark(line));
        foreach (var input in node.Inputs ?? [])
            if (!_above.Contains(input))
                Grow(at.Add(Labelled(input)), input, depth + 1);
            else if (input.Kind is "model" or "dataset")
                at.Add(Labelled(input, " (above)"));
            else if (input.Kind == "person")
                at.Add(Labelled(input));
        foreach (var (kind, more) in node.Counted ?? new Dictionary<string, long>())
            at.Add(TextTree.Remark(kind == "sample" ? $"{more} samples, which the set took of these" : $"and {more} more of kind {kind}"));
    }

    private TextTree Labelled(EvidenceReference reference, string further = "")
    {
        var (kind, name) = (reference.Kind, Shortened(reference.Id));
        if (!_nodes.TryGetValue(reference, out var node))
            return new(kind, name, (_complete ? "" : "(not followed further)") + further);
        if (node.ErasedAt is { } erased)
            return new(kind, name, $"(erased at {erased}: its data can be read by nobody){further}");
        if (node.Names is { Count: > 0 } names)
            name += $" {string.Join(", ", names)}";
        return new(kind, name, (node.Events is [.., var made] ? $"{made.Type} at {made.Position}" : "") + further);
    }
}
