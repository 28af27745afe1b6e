using AgentOps.Contracts;

namespace AgentOps.Registry;

/// <summary>An event that read something and made something of it.</summary>
public sealed record Consumption(Reference Read, LineageStep Event, Guid? Run, Reference Made);

/// <summary>What came of something, the nearest first.</summary>
/// <param name="Complete">False: there is more than is listed.</param>
/// <param name="Trajectories">How many trajectories are among it, which are not listed.</param>
public sealed record Downstream(Reference Root, bool Complete, IReadOnlyList<DownstreamNode> Nodes, int Trajectories);

/// <param name="From">What it was made of: the root or a node before this one.</param>
public sealed record DownstreamNode(Reference Reference, LineageStep Event, Reference From);

/// <summary>Walks from a reference to all that was made of it: the lineage read the other way round, a step for all that was reached at once.</summary>
/// <param name="consumersOf">Who read what was reached, each with the run that had made it; null for the root, which may be anybody's.</param>
/// <param name="most">How many things are reached before the walk ends.</param>
public sealed class DownstreamWalk(Func<IReadOnlyList<(Reference Reference, Guid? Run)>, CancellationToken, Task<IReadOnlyList<Consumption>>> consumersOf, int most = 200_000)
{
    private readonly HashSet<(Reference Reference, Guid? Run)> _known = [];
    private readonly OrderedDictionary<Reference, DownstreamNode> _nodes = [];

    // Trajectories are members, not structure: they are walked and counted, and what was made of one hangs where it does.
    private readonly Dictionary<Reference, Reference> _members = [];

    public async Task<Downstream> WalkAsync(Reference root, CancellationToken ct)
    {
        List<(Reference Reference, Guid? Run)> reached = [(root, null)];
        _known.Add(reached[0]);
        while (reached.Count > 0 && _known.Count <= most)
        {
            var found = await consumersOf(reached, ct);
            reached = [];
            foreach (var use in found.Where(use => use.Made != root && _known.Add((use.Made, use.Run))))
            {
                Keep(use);
                reached.Add((use.Made, use.Run));
            }
        }
        return new(root, Complete: reached.Count == 0, [.. _nodes.Values], _members.Count);
    }

    private void Keep(Consumption use)
    {
        var from = _members.GetValueOrDefault(use.Read, use.Read);
        if (use.Made.Kind == ReferenceKind.Trajectory)
            _members.TryAdd(use.Made, from);
        else
            _nodes.TryAdd(use.Made, new(use.Made, use.Event, from));
    }
}
