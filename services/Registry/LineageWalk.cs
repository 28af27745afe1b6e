using System.Runtime.CompilerServices;
using AgentOps.Contracts;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>What was reached at once, and what the steps that made it read; a step is read once.</summary>
internal sealed record LineageLevel(IReadOnlyList<(Reference Reference, IReadOnlyList<Making> Makings)> Reached, IReadOnlyDictionary<Guid, StepInputs> Read);

/// <param name="Examples">Some of the trajectories that the step read: at least one of each step that made any.</param>
internal sealed record StepInputs(IReadOnlyList<Reading> Readings, IReadOnlyList<string> Examples);

/// <summary>What a lineage is asked of.</summary>
/// <param name="By">The position of the event that made it; null: all that did.</param>
internal sealed record Asked(Reference Reference, long? By = null);

/// <summary>Walks back from a reference over the events' inputs and outputs and over nothing else, the nearest first. Of trajectories it sees examples: one stands for all that were made by the same step.</summary>
internal static class LineageWalk
{
    /// <summary>Every reference with the steps that made it; once more with others where another run read it too.</summary>
    public static async IAsyncEnumerable<LineageLevel> FromAsync(NpgsqlDataSource db, IReadOnlyList<Asked> asked, [EnumeratorCancellation] CancellationToken ct)
    {
        await foreach (var level in FromAsync(db, new(db), await MakersOfRootsAsync(db, asked, ct), ct))
            yield return level;
    }

    private static async IAsyncEnumerable<LineageLevel> FromAsync(NpgsqlDataSource db, Makers makers, IReadOnlyList<(Reference Reference, IReadOnlyList<Making> Makings)> roots, [EnumeratorCancellation] CancellationToken ct)
    {
        var steps = new HashSet<Guid>();
        var known = new HashSet<(Reference, Guid?)>();
        var reached = Unknown(roots, known);
        while (reached.Count > 0)
        {
            var read = await ReadAsync(db, [.. reached.SelectMany(node => node.Makings).Where(making => steps.Add(making.Step))], ct);
            yield return new(reached, read);
            reached = Unknown(await MadeAsync(db, makers, read.Values, ct), known);
        }
    }

    /// <summary>The positions of all events from which the asked follows, those of every trajectory included.</summary>
    public static Task<SortedSet<long>> PositionsAsync(NpgsqlDataSource db, IReadOnlyList<Asked> asked, CancellationToken ct) => PositionsAsync(db, FromAsync(db, asked, ct), ct);

    /// <summary>The positions of all events from which that follows which was read.</summary>
    public static async Task<SortedSet<long>> PositionsAsync(NpgsqlDataSource db, Reading read, CancellationToken ct)
    {
        var makers = new Makers(db);
        return await PositionsAsync(db, FromAsync(db, makers, [(read.Reference, (await makers.OfAsync([read], ct))[read])], ct), ct);
    }

    private static async Task<SortedSet<long>> PositionsAsync(NpgsqlDataSource db, IAsyncEnumerable<LineageLevel> levels, CancellationToken ct)
    {
        var (positions, gathering, ranges) = (new SortedSet<long>(), new HashSet<Guid>(), new HashSet<(Guid, long, long)>());
        await foreach (var level in levels)
            foreach (var (reference, makings) in level.Reached)
                foreach (var making in makings)
                    if (reference.IsMember() || making.Gathered + making.Made == 0)
                        positions.Add(making.First);
                    else if (making.Gathered > 0)
                        gathering.Add(making.Step);
                    else
                        ranges.Add((making.Step, making.First, making.Last));
        positions.UnionWith(await MemberRows.PositionsAsync(db, gathering, ranges, ct));
        return positions;
    }

    /// <summary>What is asked for by itself has all of its makers, but for an alias or a deployment, which is asked of as of one event.</summary>
    private static async Task<IReadOnlyList<(Reference Reference, IReadOnlyList<Making> Makings)>> MakersOfRootsAsync(NpgsqlDataSource db, IReadOnlyList<Asked> asked, CancellationToken ct)
    {
        Asked[] members = [.. asked.Where(root => root.Reference.IsMember())], others = [.. asked.Except(members)];
        var made = members.Zip(await LineageRows.MadeAsync(db, [.. members.Select(root => root.Reference.Id)], ct))
            .Concat(others.Zip(await LineageRows.ProducersAsync(db, [.. others.Select(root => new Reading(root.Reference, null, long.MaxValue, Taken: false))], ct)));
        return [.. made.Select(root => (root.First.Reference, root.First.By is { } by ? [.. root.Second.Where(making => making.First == by)] : (IReadOnlyList<Making>)root.Second))];
    }

    private static async Task<IReadOnlyDictionary<Guid, StepInputs>> ReadAsync(NpgsqlDataSource db, IReadOnlyList<Making> steps, CancellationToken ct)
    {
        if (steps.Count == 0)
            return new Dictionary<Guid, StepInputs>();
        var inputs = await LineageRows.InputsAsync(db, steps.Select(step => step.Step), ct);
        Guid[] gathering = [.. steps.Where(step => step.Gathered > 0).Select(step => step.Step)];
        var examples = gathering.Length == 0 ? null : await LineageRows.ExamplesAsync(db, gathering, ct);
        return steps.ToDictionary(step => step.Step, step => new StepInputs([.. inputs[step.Step]], [.. examples?[step.Step] ?? []]));
    }

    private static async Task<List<(Reference Reference, IReadOnlyList<Making> Makings)>> MadeAsync(NpgsqlDataSource db, Makers makers, IEnumerable<StepInputs> read, CancellationToken ct)
    {
        var made = await makers.OfAsync(read.SelectMany(step => step.Readings), ct);
        string[] examples = [.. read.SelectMany(step => step.Examples).Distinct()];
        var members = await LineageRows.MadeAsync(db, examples, ct);
        return
        [
            .. read.SelectMany(step => step.Readings).Select(reading => (reading.Reference, made[reading])),
            .. examples.Zip(members, (id, makings) => (new Reference(ReferenceKind.Trajectory, id), makings)),
        ];
    }

    /// <summary>What was not reached before, or not as made by these.</summary>
    private static List<(Reference Reference, IReadOnlyList<Making> Makings)> Unknown(IEnumerable<(Reference Reference, IReadOnlyList<Making> Makings)> made, HashSet<(Reference, Guid?)> known)
    {
        var unknown = new List<(Reference, IReadOnlyList<Making>)>();
        foreach (var (reference, makings) in made)
        {
            Making[] further = [.. makings.Where(making => known.Add((reference, making.Step)))];
            if (known.Add((reference, null)) || further.Length > 0)
                unknown.Add((reference, further));
        }
        return unknown;
    }
}
