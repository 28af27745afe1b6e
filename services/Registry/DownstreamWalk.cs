using AgentOps.Contracts;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>
/// Walks from a reference to all that was made of it: the lineage read the other way round, a query for all that was reached at once.
/// What only a decision leads to comes last, and is marked.
/// </summary>
/// <param name="membership">Which data sets the root is in; null: all that were built from its groups.</param>
/// <param name="most">How many things are listed before the walk ends.</param>
/// <param name="ofReviews">Of a person: only what came of what was decided as a reviewer, and of nothing else that the person did.</param>
internal sealed class DownstreamWalk(NpgsqlDataSource db, Reference root, Membership? membership = null, int most = 10_000, bool ofReviews = false)
{
    private static readonly string[] Reviewed = ["judgement.recorded.v1", "judgement.pair-compared.v1"];

    private const string Decided = "model.promotion-decided.v1";
    private const string Built = "dataset.built.v1";
    private const string TooMuch = "more was made of it than is listed";

    private readonly Makers _makers = new(db);
    private readonly HashSet<Guid> _known = [];
    private readonly OrderedDictionary<Reference, (Output Output, Consumer By, Reference From, bool Decision)> _nodes = [];
    private readonly List<Consumption> _decisions = [];
    private long _trajectories;
    private bool _complete = true;

    public async Task<Downstream> WalkAsync(CancellationToken ct)
    {
        var reached = await DownstreamRows.ReadersAsync(db, root, most + 1, ct);
        _complete = reached.Count <= most;
        await FollowAsync(ofReviews ? [.. reached.Where(use => Reviewed.Contains(use.By.Type))] : reached, decision: false, ct);
        if (_complete)
            await FollowAsync(_decisions, decision: true, ct);
        var times = await LineageRows.TimesAsync(db, _nodes.Values.Select(PositionOf).Distinct(), ct);
        return new(root, _complete && membership?.Untold is null, [.. _nodes.Select(node => new DownstreamNode(node.Key, new(PositionOf(node.Value), node.Value.By.Type, times[PositionOf(node.Value)], node.Value.By.Actor),
            node.Value.From, node.Value.Decision ? "decision" : null, node.Value.Output.Run))], _trajectories, _complete ? membership?.Untold : TooMuch);
    }

    /// <summary>A group was first made before it read the root: then the event that read it is shown.</summary>
    private long PositionOf((Output Output, Consumer By, Reference From, bool Decision) node) => root.IsMember() && node.From == root ? node.By.ReadAt : node.Output.First;

    private async Task FollowAsync(IReadOnlyList<Consumption> reached, bool decision, CancellationToken ct)
    {
        while (reached.Count > 0)
        {
            var steps = new List<Consumption>();
            foreach (var use in reached)
                if (!decision && IsDecision(use))
                    _decisions.Add(use);
                else if (!_known.Contains(use.By.Step) && await HoldsAsync(use, ct) && _known.Add(use.By.Step))
                    steps.Add(use);
            // What was cut is not followed further.
            var next = await NextAsync(steps, decision, ct);
            reached = _complete ? next : [];
        }
    }

    /// <summary>What read one of a trajectory's groups, such as its generation, need not have the trajectory in it; and what was withdrawn may have been left out.</summary>
    private async Task<bool> HoldsAsync(Consumption use, CancellationToken ct) =>
        membership is null || use.By.Type != Built || !IsGroup(use.Read) || await membership.HoldsAsync(use.By.ReadAt, ct);

    /// <summary>Whether it is the root itself or only gathers what the root has made: nothing was learned in between.</summary>
    private bool IsGroup(Reference read) => read == root
        || (read.Kind is ReferenceKind.Generation or ReferenceKind.Judgement && _nodes.TryGetValue(read, out var group) && IsGroup(group.From));

    /// <summary>An evaluation bears upon what is promoted, and so do the other candidates; none of it is made of them.</summary>
    private static bool IsDecision(Consumption use) => use.By.Type == Decided || use.Read.Kind == ReferenceKind.Evaluation;

    private async Task<IReadOnlyList<Consumption>> NextAsync(List<Consumption> steps, bool decision, CancellationToken ct)
    {
        if (steps.Count == 0)
            return [];
        var outputs = await DownstreamRows.OutputsAsync(db, steps.Select(step => step.By.Step), most + 1, ct);
        var made = new List<Output>();
        foreach (var step in steps)
            foreach (var output in outputs[step.By.Step])
            {
                if (output.Reference != root && !_nodes.ContainsKey(output.Reference) && _nodes.Count == most)
                    _complete = false;
                else if (output.Reference != root)
                    _nodes.TryAdd(output.Reference, (output, step.By, step.Read, decision));
                made.Add(output);
            }
        return [.. await GatherersAsync(steps, ct), .. await ReadersAsync(made, ct)];
    }

    /// <summary>Trajectories are counted, and what was made of them hangs where they do.</summary>
    private async Task<IEnumerable<Consumption>> GatherersAsync(List<Consumption> steps, CancellationToken ct)
    {
        var playing = steps.Where(step => step.By.Made > 0).ToDictionary(step => step.By.Step);
        if (playing.Count == 0)
            return [];
        _trajectories += playing.Values.Sum(step => step.By.Made);
        return (await DownstreamRows.GatherersAsync(db, [.. playing.Keys], ct)).Select(gathered => new Consumption(playing[gathered.Made].Read, gathered.By));
    }

    private async Task<IEnumerable<Consumption>> ReadersAsync(List<Output> made, CancellationToken ct)
    {
        if (made.Count == 0)
            return [];
        var readers = await DownstreamRows.ReadersAsync(db, made, most + 1, ct);
        _complete &= readers.Count <= most;
        var doubtful = readers.Where(reader => reader.Of.Reference.Kind.IsContent() && !reader.Own).Select(reader => reader.Reading);
        var makers = await _makers.OfAsync(doubtful, ct);
        return readers.Where(reader => !makers.TryGetValue(reader.Reading, out var of) || of.Any(making => making.Step == reader.Of.Step) || reader.Own)
            .Select(reader => new Consumption(reader.Of.Reference, reader.By));
    }
}
