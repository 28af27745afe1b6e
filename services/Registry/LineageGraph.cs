using AgentOps.Contracts;
using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>What something is made of: every node once, the nearest first, so that its size is that of the history and its depth does not grow with it.</summary>
/// <param name="Complete">False: there is more than is listed, and inputs that are no nodes were not followed.</param>
/// <param name="Move">Where it was asked of an alias: who moved it there, when, upon what, and who agreed; of a deployment where an alias named the version.</param>
/// <param name="Deployment">Where it was asked of a deployment: who activated it, when, and by whose leave.</param>
public sealed record Lineage(Reference Root, bool Complete, IReadOnlyList<LineageNode> Nodes, AliasDecision? Move = null, DeploymentDecision? Deployment = null);

/// <summary>A node: what it is, the events that made it, and what those read. An origin has neither.</summary>
/// <param name="ErasedAt">Of a subject: when its key was gone, and with it what was said in its data. What was made of it stands where it stood.</param>
/// <param name="Names">Of a file of models: what it is called in their folders. Its events made these models, and its inputs are the versions that have it, or the models where no version is registered.</param>
/// <param name="Makings">Of a model: the trainings that came to it, with settings, seed and machine.</param>
/// <param name="Counted">Trajectories that the events of a generation or a judgement read beyond those listed; the samples of a data set, which decides itself what it takes of them.</param>
public sealed record LineageNode(
    Reference Reference,
    IReadOnlyList<LineageStep>? Events = null,
    IReadOnlyList<Reference>? Inputs = null,
    IReadOnlyDictionary<string, long>? Counted = null,
    DateTimeOffset? ErasedAt = null,
    IReadOnlyList<string>? Names = null,
    IReadOnlyList<ModelMaking>? Makings = null);

public sealed record LineageStep(long Position, string Type, DateTimeOffset At, string Actor);

/// <summary>Shows what something is made of, as far as it can be listed.</summary>
/// <param name="mostNodes">Where the walk ends.</param>
public sealed class LineageGraph(NpgsqlDataSource db, int mostNodes = 10_000)
{
    public Task<Lineage> WalkAsync(Reference root, CancellationToken ct) => WalkAsync([new Asked(root)], ct);

    /// <exception cref="Hosting.ProblemException">The view of lineage has not reached it yet (503).</exception>
    public async Task<Lineage> WalkAsync(LineageRoot root, CancellationToken ct)
    {
        var lineage = await WalkAsync(root.Asked, ct);
        root.CheckSeen([.. lineage.Nodes.Take(root.Asked.Count).SelectMany(node => node.Events ?? []).Select(made => made.Position)]);
        return lineage with { Nodes = [Named(root, lineage.Nodes[0]), .. lineage.Nodes.Skip(1)], Move = root.Move, Deployment = root.Deployment };
    }

    /// <summary>An alias moves: which of its moves a deployment stands upon says its event, and no edge.</summary>
    private static LineageNode Named(LineageRoot root, LineageNode first) =>
        root is { Deployment: not null, Move: not null } ? first with { Inputs = [root.Asked[1].Reference, .. first.Inputs!] } : first;

    /// <param name="asked">Where the walk begins; the first is what the lineage is of.</param>
    internal async Task<Lineage> WalkAsync(IReadOnlyList<Asked> asked, CancellationToken ct)
    {
        var made = new OrderedDictionary<Reference, List<Making>>();
        var read = new Dictionary<Guid, StepInputs>();
        var complete = true;
        await foreach (var level in LineageWalk.FromAsync(db, asked, ct))
        {
            foreach (var (step, inputs) in level.Read)
                read[step] = inputs;
            complete = Take(level.Reached, made);
            if (!complete)
                break;
        }
        var events = made.ToDictionary(node => node.Key, node => Ends(node.Value));
        var times = await LineageRows.TimesAsync(db, events.Values.SelectMany(ends => ends).Select(end => end.Position).Distinct(), ct);
        var makings = await ModelMakings.AtAsync(db, events.Where(node => node.Key.Kind == ReferenceKind.Model).SelectMany(node => node.Value).Select(end => end.Position).Distinct(), ct);
        string[] subjects = [.. made.Keys.Where(node => node.Kind == ReferenceKind.Subject).Select(node => node.Id)];
        var erased = subjects.Length > 0 ? await LineageRows.ErasedAsync(db, subjects, ct) : [];
        return new(asked[0].Reference, complete,
        [
            .. made.Select(node => Node(node.Key, node.Value, read, [.. events[node.Key].Select(end => new LineageStep(end.Position, end.Making.Type, times[end.Position], end.Making.Actor))])
                with { ErasedAt = node.Key.Kind == ReferenceKind.Subject && erased.TryGetValue(node.Key.Id, out var at) ? at : null, Makings = Made(events[node.Key], makings) }),
        ]);
    }

    /// <returns>False where not all found a place.</returns>
    private bool Take(IReadOnlyList<(Reference Reference, IReadOnlyList<Making> Makings)> reached, OrderedDictionary<Reference, List<Making>> made)
    {
        foreach (var (reference, makings) in reached)
        {
            if (made.Count == mostNodes && !made.ContainsKey(reference))
                return false;
            made.TryAdd(reference, []);
            made[reference].AddRange(makings);
        }
        return true;
    }

    private static LineageNode Node(Reference reference, IReadOnlyList<Making> makings, Dictionary<Guid, StepInputs> read, IReadOnlyList<LineageStep> events)
    {
        if (makings.Count == 0)
            return new(reference);
        var steps = makings.OrderBy(making => making.First).Select(making => making.Step).Distinct().Where(read.ContainsKey).Select(step => read[step]).ToList();
        Reference[] members = [.. steps.SelectMany(step => step.Examples).Distinct().Select(id => new Reference(ReferenceKind.Trajectory, id))];
        Reference[] inputs = [.. steps.SelectMany(step => step.Readings).Select(reading => reading.Reference).Distinct().Where(input => input != reference), .. members];
        return new(reference, events, inputs.Length > 0 ? inputs : null, Counted(reference, makings, members.Length));
    }

    private static Dictionary<string, long>? Counted(Reference reference, IReadOnlyList<Making> makings, int listed)
    {
        var counted = new Dictionary<string, long>();
        if (makings.Sum(making => making.Gathered) - listed is > 0 and var trajectories)
            counted["trajectory"] = trajectories;
        if (reference.Kind == ReferenceKind.Dataset && makings.Max(making => making.Samples) is > 0 and var samples)
            counted["sample"] = samples;
        return counted.Count > 0 ? counted : null;
    }

    private static List<ModelMaking>? Made(IReadOnlyList<(Making Making, long Position)> events, Dictionary<long, ModelMaking> makings)
    {
        var made = events.Select(end => makings.GetValueOrDefault(end.Position)).OfType<ModelMaking>().ToList();
        return made.Count > 0 ? made : null;
    }

    /// <summary>The events in order; of many alike (shards) the first and the last.</summary>
    private static List<(Making Making, long Position)> Ends(IReadOnlyList<Making> makings) => [.. makings
        .GroupBy(making => making.Type)
        .SelectMany(alike => new[] { (alike.MinBy(making => making.First)!, alike.Min(making => making.First)), (alike.MaxBy(making => making.Last)!, alike.Max(making => making.Last)) })
        .DistinctBy(end => end.Item2).OrderBy(end => end.Item2)];
}
