namespace AgentOps.Proofs;

/// <summary>
/// Who made what an event read, as far as the bundle's events say. Several runs may come to the same bytes, and then each has made them. Of those who had made it before it was
/// read it is the reading run; else the nearest run that this one retries or reproduces; else who made the registered version that one of these was submitted with as its base;
/// else everybody, and who only took it over from outside just where nobody made it. Events that make a trajectory, and are otherwise alike, read when the first of them did.
/// </summary>
internal sealed class EvidenceMakers
{
    private static readonly string[] Content = ["model", "artifact"];

    // That a run retries or reproduces, nearer and farther ones together: whoever made the bundle says how many there are, and each of their readings looks at all.
    private const int MostRetried = 1_000;

    // Made by all of their events, also by those that came after they were first read.
    private static readonly string[] Work = ["run", "generation", "trajectory", "judgement", "dataset", "training", "evaluation"];

    private readonly ILookup<EvidenceReference, EvidenceEvent> _made;
    private readonly Dictionary<string, long> _first = [];
    private readonly Dictionary<Reading, IReadOnlyList<EvidenceEvent>> _kept = [];
    private readonly Dictionary<Reading, IReadOnlyList<EvidenceEvent>> _content = [];
    private readonly Dictionary<string, List<HashSet<string>>> _circles = [];

    public EvidenceMakers(IReadOnlyList<EvidenceEvent> events)
    {
        _made = events.SelectMany(e => e.Outputs.Select(output => (output, e))).ToLookup(pair => pair.output, pair => pair.e);
        foreach (var e in events.Where(MakesTrajectories))
            _first.TryAdd(AlikeAs(e), e.Position);
    }

    /// <summary>What is asked for by itself has all of its makers.</summary>
    /// <exception cref="EvidenceRefusedException">One of them is missing.</exception>
    public IReadOnlyList<EvidenceEvent> OfRoot(EvidenceReference root) => Kept(new(root, null, long.MaxValue, Taken: false), null, () => All(root));

    /// <summary>What an event read: its inputs, and what it took over from outside, which may have been made here before.</summary>
    public static IEnumerable<EvidenceReference> ReadBy(EvidenceEvent e) => Takes(e) ? e.Inputs.Union(e.Outputs.Where(IsContent)) : e.Inputs;

    /// <param name="by">The event that read it.</param>
    /// <exception cref="EvidenceRefusedException">The run can only have read what other events have made that are not in the bundle.</exception>
    public IReadOnlyList<EvidenceEvent> Of(EvidenceReference read, EvidenceEvent by)
    {
        if (Work.Contains(read.Kind))
            return Kept(new(read, null, 0, Taken: false), by, () => All(read));
        var position = MakesTrajectories(by) ? _first[AlikeAs(by)] : by.Position;
        var reading = new Reading(read, by.Run, position, Taken: !by.Inputs.Contains(read));
        return IsContent(read)
            ? Kept(reading, by, () => OfContent(reading))
            : Kept(new(read, null, position, Taken: false), by, () => [.. _made[read].Where(e => e.Position < position)]);
    }

    private IReadOnlyList<EvidenceEvent> Kept(Reading reading, EvidenceEvent? by, Func<IReadOnlyList<EvidenceEvent>> makers)
    {
        if (_kept.TryGetValue(reading, out var kept))
            return kept;
        var found = makers();
        // What was taken over from outside need not have been made here.
        if (!reading.Taken)
            EvidenceBooks.Check(reading.Read, found, by);
        return _kept[reading] = found;
    }

    /// <summary>
    /// A base may have been registered by a run that had one itself, and so on: each registration on the way is asked about once, however many lead to it,
    /// and none from within another. Whoever made the bundle says how many there are and how they hang together.
    /// </summary>
    private IReadOnlyList<EvidenceEvent> OfContent(Reading asked)
    {
        var based = new Dictionary<Reading, IReadOnlyList<Reading>>();
        var open = new Queue<Reading>([asked]);
        while (open.TryDequeue(out var reading))
        {
            if (_content.ContainsKey(reading) || based.ContainsKey(reading))
                continue;
            if (Own(reading) is { Count: > 0 } own)
                _content[reading] = own;
            else
                foreach (var before in based[reading] = Bases(reading))
                    open.Enqueue(before);
        }
        // What a reading rests upon was registered before it.
        foreach (var (reading, bases) in based.OrderBy(one => one.Key.Position))
            _content[reading] = bases.SelectMany(one => _content[one]).Where(e => !(reading.Taken && Takes(e))).DistinctBy(e => e.Position).ToList() is { Count: > 0 } makers ? makers : Everybody(reading);
        return _content[asked];
    }

    private IEnumerable<EvidenceEvent> Before(Reading reading) => _made[reading.Read].Where(e => e.Position < reading.Position && !(reading.Taken && Takes(e)));

    /// <summary>What the reading run made, or the nearest one that it stands upon.</summary>
    private List<EvidenceEvent> Own(Reading reading)
    {
        var before = Before(reading).ToList();
        return Circles(reading.Run).Select(circle => before.Where(e => e.Run is { } made && circle.Contains(made)).ToList()).FirstOrDefault(own => own.Count > 0, []);
    }

    /// <summary>The registrations of the versions that the nearest run was submitted with which had such a base.</summary>
    private IReadOnlyList<Reading> Bases(Reading reading) =>
        [.. Circles(reading.Run).Select(circle => circle.SelectMany(Submissions).SelectMany(submitted => Registrations(reading.Read, submitted, reading.Position)).ToList())
            .FirstOrDefault(registered => registered.Count > 0, []).Select(e => new Reading(reading.Read, e.Run, e.Position, Taken: false)).Distinct()];

    private List<EvidenceEvent> Everybody(Reading reading)
    {
        var (read, run, before) = (reading.Read, reading.Run, Before(reading).ToList());
        if (before.Count > 0 && read.Kind == "model" && run is not null && !reading.Taken && !Circles(run).SelectMany(circle => circle).SelectMany(Submissions).Any(submitted => submitted.Inputs.Contains(read)))
            throw new EvidenceRefusedException($"Run {run} read model {read.Id}, and the bundle has it as made by others alone, whom that run neither retries nor was based upon: its lineage is not whole.");
        return before.Where(e => !Takes(e)).ToList() is { Count: > 0 } makers ? makers : before;
    }

    /// <summary>The registration of a version is the first event that made it.</summary>
    private IEnumerable<EvidenceEvent> Registrations(EvidenceReference read, EvidenceEvent submitted, long position) => submitted.Position > position ? [] : submitted.Inputs
        .Where(input => input.Kind == EvidenceReference.VersionKind)
        .Select(version => _made[version].FirstOrDefault(e => e.Position < submitted.Position && ReadBy(e).Contains(read))).OfType<EvidenceEvent>();

    /// <summary>The run itself, then those that it retries or reproduces, each nearer one first.</summary>
    /// <exception cref="EvidenceRefusedException">There are more than anybody has tried.</exception>
    private List<HashSet<string>> Circles(string? run)
    {
        if (_circles.TryGetValue(run ?? "", out var kept))
            return kept;
        var circles = new List<HashSet<string>>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        for (HashSet<string> circle = run is null ? [] : [run]; circle.Count > 0;)
        {
            known.UnionWith(circle);
            if (known.Count > MostRetried + 1)
                throw new EvidenceRefusedException($"Run {run} goes back to more than {MostRetried} runs that it retries or reproduces: no bundle is read that far.");
            circles.Add(circle);
            circle = [.. circle.SelectMany(Submissions).SelectMany(e => e.Inputs).Where(input => input.Kind == "run").Select(input => input.Id).Where(id => !known.Contains(id))];
        }
        return _circles[run ?? ""] = circles;
    }

    private IReadOnlyList<EvidenceEvent> All(EvidenceReference reference) => [.. _made[reference]];

    private IEnumerable<EvidenceEvent> Submissions(string run) => _made[new("run", run)];

    private static bool IsContent(EvidenceReference reference) => Content.Contains(reference.Kind);

    private static bool Takes(EvidenceEvent e) => e.Inputs.Any(input => input.Kind == "source");

    private static bool MakesTrajectories(EvidenceEvent e) => e.Outputs.Any(output => output.Kind == "trajectory") || e.Inputs.Any(input => input.Kind == "trajectory");

    private static string AlikeAs(EvidenceEvent e) => string.Join('\n', [e.Type, e.Run ?? "", e.Actor ?? "",
        .. e.Inputs.Where(input => input.Kind != "trajectory").Select(input => $"{input.Kind}:{input.Id}"), "", .. e.Outputs.Where(output => output.Kind != "trajectory" && !IsContent(output)).Select(output => $"{output.Kind}:{output.Id}")]);

    /// <param name="Position">What was made before it counts.</param>
    /// <param name="Taken">It was taken over from outside: then only who made it counts, and not who took it over before.</param>
    private sealed record Reading(EvidenceReference Read, string? Run, long Position, bool Taken);
}
