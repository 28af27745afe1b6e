using System.Text.Json.Serialization;
using AgentOps.Contracts;

namespace AgentOps.Registry;

/// <summary>An event as the lineage keeps it.</summary>
public sealed record LineageEvent(long Position, string Type, string Stream, DateTimeOffset At, string Actor, IReadOnlyList<Reference> Inputs);

/// <summary>A node of the tree: what it is, the events that made it, and what those read. Members that a tree is too small for are counted.</summary>
/// <param name="Shown">Where a node stands a second time: true, without its children.</param>
/// <param name="Counted">How many further inputs of each kind there are beyond those listed.</param>
public sealed record LineageNode(
    Reference Reference,
    IReadOnlyList<LineageStep>? Events = null,
    IReadOnlyList<LineageNode>? Inputs = null,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)] bool Shown = false,
    IReadOnlyDictionary<string, int>? Counted = null);

public sealed record LineageStep(long Position, string Type, DateTimeOffset At, string Actor);

/// <summary>Walks back from a reference over the events' inputs and outputs and over nothing else.</summary>
public sealed class LineageTree(Func<Reference, CancellationToken, Task<IReadOnlyList<LineageEvent>>> producersOf)
{
    private const int Deepest = 40;
    private const int MembersShown = 2;
    private readonly HashSet<Reference> _shown = [];

    /// <summary>Trajectories are members, not structure: a handful stands in the tree and the rest is counted.</summary>
    private static bool IsMember(Reference reference) => reference.Kind == ReferenceKind.Trajectory;

    public async Task<LineageNode> WalkAsync(Reference root, CancellationToken ct) => await NodeAsync(root, 0, ct);

    private async Task<LineageNode> NodeAsync(Reference reference, int depth, CancellationToken ct)
    {
        if (!_shown.Add(reference))
            return new(reference, Shown: true);
        var producers = await producersOf(reference, ct);
        if (producers.Count == 0 || depth == Deepest)
            return new(reference);
        var inputs = producers.SelectMany(e => e.Inputs).Where(input => input != reference).Distinct().ToList();
        var members = inputs.Where(IsMember).ToList();
        var children = new List<LineageNode>();
        foreach (var input in inputs.Where(input => !IsMember(input)).Concat(members.Take(MembersShown)))
            children.Add(await NodeAsync(input, depth + 1, ct));
        return new(reference,
            [.. Steps(producers)],
            children.Count > 0 ? children : null,
            Counted: members.Count > MembersShown ? new Dictionary<string, int> { ["trajectory"] = members.Count - MembersShown } : null);
    }

    /// <summary>The producing events in order; of many alike (shards) the first and the last.</summary>
    private static IEnumerable<LineageStep> Steps(IReadOnlyList<LineageEvent> producers) => producers
        .GroupBy(e => e.Type)
        .SelectMany(alike => alike.Count() <= 2 ? alike.ToArray() : [alike.First(), alike.Last()])
        .OrderBy(e => e.Position)
        .Select(e => new LineageStep(e.Position, e.Type, e.At, e.Actor));
}
