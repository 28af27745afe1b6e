namespace AgentOps.Proofs;

/// <summary>
/// Who made what an event read, as far as the bundle's events say. Several runs may come to the same bytes, and then each has made them. Of those who had made it before it was
/// read it is the reading run; else the nearest run that this one retries or reproduces; else who made the registered version that one of these was submitted with as its base;
/// else everybody, and who only took it over from outside just where nobody made it. Events that make a trajectory, and are otherwise alike, read when the first of them did.
/// </summary>
internal sealed class EvidenceMakers
{
    private static readonly string[] Content = ["model", "artifact"];

    // Made by all of their events, also by those that came after they were first read.
    private static readonly string[] Work = ["run", "generation", "trajectory", "judgement", "dataset", "training", "evaluation"];

    private readonly ILookup<EvidenceReference, EvidenceEvent> _made;
    private readonly Dictionary<string, long> _first = [];
    private readonly Dictionary<(EvidenceReference Read, string? Run, long Position, bool Taken), IReadOnlyList<EvidenceEvent>> _kept = [];

    public EvidenceMakers(IReadOnlyList<EvidenceEvent> events)
    {
        _made = events.SelectMany(e => e.Outputs.Select(output => (output, e))).ToLookup(pair => pair.output, pair => pair.e);
        foreach (var e in events.Where(MakesTrajectories))
            _first.TryAdd(AlikeAs(e), e.Position);
    }

    /// <summary>What is asked for by itself has all of its makers.</summary>
    /// <exception cref="EvidenceRefusedException">One of them is missing.</exception>
    public IReadOnlyList<EvidenceEvent> OfRoot(EvidenceReference root) => Kept((root, null, long.MaxValue, false), null, () => All(root));

    /// <summary>What an event read: its inputs, and what it took over from outside, which may have been made here before.</summary>
    public static IEnumerable<EvidenceReference> ReadBy(EvidenceEvent e) => Takes(e) ? e.Inputs.Union(e.Outputs.Where(IsContent)) : e.Inputs;

    /// <param name="by">The event that read it.</param>
    /// <exception cref="EvidenceRefusedException">The run can only have read what other events have made that are not in the bundle.</exception>
    public IReadOnlyList<EvidenceEvent> Of(EvidenceReference read, EvidenceEvent by)
    {
        if (Work.Contains(read.Kind))
            return Kept((read, null, 0, false), by, () => All(read));
        var position = MakesTrajectories(by) ? _first[AlikeAs(by)] : by.Position;
        var taken = !by.Inputs.Contains(read);
        return IsContent(read)
            ? Kept((read, by.Run, position, taken), by, () => Of(read, by.Run, position, taken))
            : Kept((read, null, position, false), by, () => [.. _made[read].Where(e => e.Position < position)]);
    }

    private IReadOnlyList<EvidenceEvent> Kept((EvidenceReference Read, string? Run, long Position, bool Taken) reading, EvidenceEvent? by, Func<IReadOnlyList<EvidenceEvent>> makers)
    {
        if (_kept.TryGetValue(reading, out var kept))
            return kept;
        var found = makers();
        // What was taken over from outside need not have been made here.
        if (!reading.Taken)
            EvidenceBooks.Check(reading.Read, found, by);
        return _kept[reading] = found;
    }

    private List<EvidenceEvent> Of(EvidenceReference read, string? run, long position, bool taken)
    {
        var before = _made[read].Where(e => e.Position < position && !(taken && Takes(e))).ToList();
        var circles = Circles(run);
        foreach (var circle in circles)
            if (before.Where(e => e.Run is { } made && circle.Contains(made)).ToList() is { Count: > 0 } own)
                return own;
        foreach (var circle in circles)
        {
            var registered = circle.SelectMany(Submissions).SelectMany(submitted => Registrations(read, submitted, position)).ToList();
            if (registered.Count == 0)
                continue;
            if (registered.SelectMany(e => Of(read, e.Run, e.Position, taken: false)).Where(e => !(taken && Takes(e))).DistinctBy(e => e.Position).ToList() is { Count: > 0 } bases)
                return bases;
            break;
        }
        if (before.Count > 0 && read.Kind == "model" && run is not null && !taken && !circles.SelectMany(circle => circle).SelectMany(Submissions).Any(submitted => submitted.Inputs.Contains(read)))
            throw new EvidenceRefusedException($"Run {run} read model {read.Id}, and the bundle has it as made by others alone, whom that run neither retries nor was based upon: its lineage is not whole.");
        return before.Where(e => !Takes(e)).ToList() is { Count: > 0 } makers ? makers : before;
    }

    /// <summary>The registration of a version is the first event that made it.</summary>
    private IEnumerable<EvidenceEvent> Registrations(EvidenceReference read, EvidenceEvent submitted, long position) => submitted.Position > position ? [] : submitted.Inputs
        .Where(input => input.Kind == EvidenceReference.VersionKind)
        .Select(version => _made[version].FirstOrDefault(e => e.Position < submitted.Position && ReadBy(e).Contains(read))).OfType<EvidenceEvent>();

    /// <summary>The run itself, then those that it retries or reproduces, each nearer one first.</summary>
    private List<HashSet<string>> Circles(string? run)
    {
        var circles = new List<HashSet<string>>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        for (HashSet<string> circle = run is null ? [] : [run]; circle.Count > 0;)
        {
            known.UnionWith(circle);
            circles.Add(circle);
            circle = [.. circle.SelectMany(Submissions).SelectMany(e => e.Inputs).Where(input => input.Kind == "run").Select(input => input.Id).Where(id => !known.Contains(id))];
        }
        return circles;
    }

    private IReadOnlyList<EvidenceEvent> All(EvidenceReference reference) => [.. _made[reference]];

    private IEnumerable<EvidenceEvent> Submissions(string run) => _made[new("run", run)];

    private static bool IsContent(EvidenceReference reference) => Content.Contains(reference.Kind);

    private static bool Takes(EvidenceEvent e) => e.Inputs.Any(input => input.Kind == "source");

    private static bool MakesTrajectories(EvidenceEvent e) => e.Outputs.Any(output => output.Kind == "trajectory") || e.Inputs.Any(input => input.Kind == "trajectory");

    private static string AlikeAs(EvidenceEvent e) => string.Join('\n', [e.Type, e.Run ?? "", e.Actor ?? "",
        .. e.Inputs.Where(input => input.Kind != "trajectory").Select(input => $"{input.Kind}:{input.Id}"), "", .. e.Outputs.Where(output => output.Kind != "trajectory" && !IsContent(output)).Select(output => $"{output.Kind}:{output.Id}")]);
}
