using AgentOps.Contracts;

namespace AgentOps.Registry;

/// <summary>An event as the lineage keeps it.</summary>
/// <param name="Run">The run for which it happened; null for what a caller asked for outside of one.</param>
public sealed record LineageEvent(long Position, string Type, string Stream, DateTimeOffset At, string Actor, Guid? Run, IReadOnlyList<Reference> Inputs);

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

/// <summary>Shows what something is made of, as far as it can be listed.</summary>
/// <param name="mostNodes">Where the walk ends.</param>
public sealed class LineageGraph(Func<Reference, CancellationToken, Task<IReadOnlyList<LineageEvent>>> producersOf, int mostNodes = 10_000)
{
    private const int MembersShown = 2;

    /// <summary>Trajectories are members, not structure: a handful is listed and the rest is counted.</summary>
    private static bool IsMember(Reference reference) => reference.Kind == ReferenceKind.Trajectory;

    public async Task<Lineage> WalkAsync(Reference root, CancellationToken ct)
    {
        var made = new OrderedDictionary<Reference, List<LineageEvent>>();
        await foreach (var (reference, producers) in LineageWalk.FromAsync(root, producersOf, Listed, ct))
        {
            if (made.Count == mostNodes && !made.ContainsKey(reference))
                return new(root, Complete: false, Nodes(made));
            made.TryAdd(reference, []);
            made[reference].AddRange(producers.ExceptBy(made[reference].Select(e => e.Position), e => e.Position));
        }
        return new(root, Complete: true, Nodes(made));
    }

    private static IReadOnlyList<LineageNode> Nodes(OrderedDictionary<Reference, List<LineageEvent>> made) => [.. made.Select(node => Node(node.Key, node.Value))];

    private static LineageNode Node(Reference reference, IReadOnlyList<LineageEvent> producers)
    {
        if (producers.Count == 0)
            return new(reference);
        Reference[] listed = [.. Listed(producers).Where(input => input != reference)];
        var counted = Inputs(producers).Count(IsMember) - MembersShown;
        return new(reference, [.. Steps(producers)], listed.Length > 0 ? listed : null, counted > 0 ? new Dictionary<string, int> { ["trajectory"] = counted } : null);
    }

    private static IEnumerable<Reference> Inputs(IReadOnlyList<LineageEvent> producers) => producers.SelectMany(e => e.Inputs).Distinct();

    private static IEnumerable<Reference> Listed(IReadOnlyList<LineageEvent> producers) =>
        Inputs(producers).Where(input => !IsMember(input)).Concat(Inputs(producers).Where(IsMember).Take(MembersShown));

    /// <summary>The producing events in order; of many alike (shards) the first and the last.</summary>
    private static IEnumerable<LineageStep> Steps(IReadOnlyList<LineageEvent> producers) => producers
        .GroupBy(e => e.Type)
        .SelectMany(alike => alike.Count() <= 2 ? alike.ToArray() : [alike.First(), alike.Last()])
        .OrderBy(e => e.Position)
        .Select(e => new LineageStep(e.Position, e.Type, e.At, e.Actor));
}
