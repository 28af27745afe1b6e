using AgentOps.Contracts;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>A step read a reference for the first time at a position.</summary>
/// <param name="Taken">It took this over from outside: then only who made it counts, and not who took it over before.</param>
internal sealed record Reading(Reference Reference, Guid? Run, long Position, bool Taken);

/// <summary>A step that has something as an output.</summary>
/// <param name="Takes">It took it over from outside.</param>
/// <param name="Last">The position of the last event of the step that has it as an output; <paramref name="First"/> again where it is one event.</param>
internal sealed record Making(Guid Step, string Type, string Actor, Guid? Run, bool Takes, long First, long Last, long Gathered, long Made, long Samples);

/// <summary>
/// Who made what was read. Several runs may come to the same bytes, and then each has made them. Of those who had made it before it was read
/// it is the reading run; else the nearest run that this one retries or reproduces; else who made the registered version that one of these was
/// submitted with as its base; else everybody, and who only took it over from outside just where nobody made it. See infra/decisions/0012.
/// </summary>
/// <remarks>Of one walk: what it learned of runs it keeps.</remarks>
internal sealed class Makers(NpgsqlDataSource db)
{
    private readonly Dictionary<Guid, RunOrigin> _origins = [];

    public async Task<IReadOnlyDictionary<Reading, IReadOnlyList<Making>>> OfAsync(IEnumerable<Reading> readings, CancellationToken ct)
    {
        var found = new Dictionary<Reading, IReadOnlyList<Making>>();
        var content = readings.ToHashSet();
        var named = content.Where(reading => !reading.Reference.Kind.IsContent()).ToList();
        content.ExceptWith(named);
        Keep(named, await LineageRows.ProducersAsync(db, [.. named.Select(reading => reading.Reference.Kind.IsWork() ? reading with { Position = long.MaxValue } : reading)], ct), found);
        Reading[] open = [.. content];
        Keep(open, await NearestAsync(open, ct), found);
        open = [.. open.Where(reading => found[reading].Count == 0)];
        await KeepBasesAsync(open, found, ct);
        open = [.. open.Where(reading => found[reading].Count == 0)];
        Keep(open, [.. (await LineageRows.ProducersAsync(db, open, ct)).Zip(open, Everybody)], found);
        return found;
    }

    private static IReadOnlyList<Making> Everybody(IReadOnlyList<Making> makings, Reading reading) =>
        makings.Where(making => !making.Takes).ToList() is { Count: > 0 } makers ? makers : reading.Taken ? [] : makings;

    private static void Keep(IReadOnlyList<Reading> readings, IReadOnlyList<IReadOnlyList<Making>> makings, Dictionary<Reading, IReadOnlyList<Making>> found)
    {
        for (var i = 0; i < readings.Count; i++)
            found[readings[i]] = makings[i];
    }

    /// <summary>What the reading run made, or the nearest one that it stands upon.</summary>
    private async Task<IReadOnlyList<IReadOnlyList<Making>>> NearestAsync(IReadOnlyList<Reading> readings, CancellationToken ct)
    {
        await LearnAsync(readings.Select(reading => reading.Run).OfType<Guid>(), ct);
        var asked = readings.SelectMany((reading, i) => Circles(reading.Run).Select(at => (Of: i, reading, at.Run, at.Distance))).ToList();
        var made = await LineageRows.MadeByAsync(db, [.. asked.Select(one => (one.reading, one.Run))], ct);
        var nearest = Enumerable.Repeat((Distance: int.MaxValue, Makings: (IReadOnlyList<Making>)[]), readings.Count).ToArray();
        foreach (var (one, makings) in asked.Zip(made).Where(pair => pair.Second.Count > 0))
            if (one.Distance < nearest[one.Of].Distance)
                nearest[one.Of] = (one.Distance, makings);
            else if (one.Distance == nearest[one.Of].Distance)
                nearest[one.Of].Makings = [.. nearest[one.Of].Makings, .. makings];
        return [.. nearest.Select(one => one.Makings)];
    }

    /// <summary>Where a run was submitted with a registered version of what is read, its registration says who made it.</summary>
    private async Task KeepBasesAsync(IReadOnlyList<Reading> readings, Dictionary<Reading, IReadOnlyList<Making>> found, CancellationToken ct)
    {
        var asked = readings.Select((reading, i) => (Of: i, reading)).SelectMany(one => Circles(one.reading.Run)
            .SelectMany(at => _origins[at.Run].Versions.Where(named => named.Position <= one.reading.Position).Select(named => (one.Of, one.reading, at.Distance, named.Version, named.Position)))).ToList();
        if (asked.Count == 0)
            return;
        var registered = await LineageRows.RegistrationsAsync(db, [.. asked.Select(one => (one.reading, one.Version, one.Position))], ct);
        var bases = asked.Zip(registered).Where(pair => pair.Second is not null).GroupBy(pair => pair.First.Of)
            .ToDictionary(of => readings[of.Key], of => of.GroupBy(pair => pair.First.Distance).MinBy(at => at.Key)!.Select(pair => pair.Second!).ToList());
        if (bases.Count == 0)
            return;
        var made = await OfAsync(bases.Values.SelectMany(one => one), ct);
        foreach (var (reading, registrations) in bases)
            found[reading] = [.. registrations.SelectMany(one => made[one]).Where(making => !(reading.Taken && making.Takes)).DistinctBy(making => making.Step)];
    }

    /// <summary>The run itself and those that it stands upon, each nearer one first.</summary>
    private IEnumerable<(Guid Run, int Distance)> Circles(Guid? run)
    {
        if (run is not { } own)
            yield break;
        var known = new HashSet<Guid> { own };
        var open = new Queue<(Guid Run, int Distance)>([(own, 0)]);
        while (open.TryDequeue(out var at))
        {
            yield return at;
            foreach (var before in _origins[at.Run].Before.Where(known.Add))
                open.Enqueue((before, at.Distance + 1));
        }
    }

    private async Task LearnAsync(IEnumerable<Guid> runs, CancellationToken ct)
    {
        for (var open = runs.Where(run => !_origins.ContainsKey(run)).ToHashSet(); open.Count > 0;)
        {
            var origins = await LineageRows.OriginsAsync(db, open, ct);
            foreach (var run in open)
                _origins[run] = origins.GetValueOrDefault(run, new([], []));
            open = [.. open.SelectMany(run => _origins[run].Before).Where(run => !_origins.ContainsKey(run))];
        }
    }
}

/// <summary>What a run was submitted with.</summary>
/// <param name="Before">The run that it retries or reproduces.</param>
/// <param name="Versions">The registered version that is its base, read at the position of its submission.</param>
internal sealed record RunOrigin(IReadOnlyList<Guid> Before, IReadOnlyList<(string Version, long Position)> Versions);
