using AgentOps.Contracts;

namespace AgentOps.Registry;

/// <summary>An event as the lineage keeps it.</summary>
public sealed record LineageEvent(long Position, string Type, string Stream, DateTimeOffset At, string Actor, IReadOnlyList<Reference> Inputs);

/// <summary>What something is made of: every node once, the nearest first, so that its size is that of the history and its depth does not grow with it.</summary>
/// <param name="Complete">False: there is more than is listed, and inputs that are no nodes were not followed.</param>
public sealed record Lineage(Reference Root, bool Complete, IReadOnlyList<LineageNode> Nodes);

/// <summary>A node: what it is, the events that made it, and what those read. An origin has neither.</summary>
/// <param name="Counted">How many further inputs of each kind there are beyond those listed.</param>
public sealed record LineageNode(
    Reference Reference,
    IReadOnlyList<LineageStep>? Events = null,
    IReadOnlyList<Reference>? Inputs = null,
    IReadOnlyDictionary<string, int>? Counted = null);

public sealed record LineageStep(long Position, string Type, DateTimeOffset At, string Actor);

/// <summary>Walks back from a reference over the events' inputs and outputs and over nothing else.</summary>
/// <param name="mostNodes">Where the walk ends.</param>
public sealed class LineageGraph(Func<Reference, CancellationToken, Task<IReadOnlyList<LineageEvent>>> producersOf, int mostNodes = 10_000)
{
    private const int MembersShown = 2;

    /// <summary>Trajectories are members, not structure: a handful is listed and the rest is counted.</summary>
    private static bool IsMember(Reference reference) => reference.Kind == ReferenceKind.Trajectory;

    public async Task<Lineage> WalkAsync(Reference root, CancellationToken ct)
    {
        var nodes = new List<LineageNode>();
        var known = new HashSet<Reference> { root };
        var open = new Queue<Reference>(known);
        while (nodes.Count < mostNodes && open.TryDequeue(out var reference))
        {
            var node = Node(reference, await producersOf(reference, ct));
            nodes.Add(node);
            foreach (var input in (node.Inputs ?? []).Where(known.Add))
                open.Enqueue(input);
        }
        return new(root, open.Count == 0, nodes);
    }

    private static LineageNode Node(Reference reference, IReadOnlyList<LineageEvent> producers)
    {
        if (producers.Count == 0)
            return new(reference);
        var inputs = producers.SelectMany(e => e.Inputs).Where(input => input != reference).Distinct().ToLookup(IsMember);
        Reference[] listed = [.. inputs[false], .. inputs[true].Take(MembersShown)];
        var counted = inputs[true].Count() - MembersShown;
        return new(reference, [.. Steps(producers)], listed.Length > 0 ? listed : null, counted > 0 ? new Dictionary<string, int> { ["trajectory"] = counted } : null);
    }

    /// <summary>The producing events in order; of many alike (shards) the first and the last.</summary>
    private static IEnumerable<LineageStep> Steps(IReadOnlyList<LineageEvent> producers) => producers
        .GroupBy(e => e.Type)
        .SelectMany(alike => alike.Count() <= 2 ? alike.ToArray() : [alike.First(), alike.Last()])
        .OrderBy(e => e.Position)
        .Select(e => new LineageStep(e.Position, e.Type, e.At, e.Actor));
}
