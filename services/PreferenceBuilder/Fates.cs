using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder;

/// <summary>What became of a trajectory that a set of pairs was built from; of two sets in one, the smaller counts.</summary>
public enum Fate { Used, TooLong, Duplicate, Tied, Filtered, Failed }

/// <summary>The fate of every trajectory, once each.</summary>
public sealed class Fates
{
    private readonly Dictionary<Candidate, Fate> _of = new(ReferenceEqualityComparer.Instance);

    public void Are(IEnumerable<Candidate> candidates, Fate fate)
    {
        foreach (var candidate in candidates)
            _of[candidate] = fate;
    }

    public Fate? this[Candidate candidate] => _of.TryGetValue(candidate, out var fate) ? fate : null;

    public void Is(Candidate candidate, Fate fate) => _of[candidate] = fate;

    /// <summary>Of two sets of the same trajectories in one.</summary>
    public static Fates Of(Fates first, Fates second)
    {
        var both = new Fates();
        foreach (var (candidate, fate) in first._of)
            both.Is(candidate, (Fate)Math.Min((int)fate, (int)second._of[candidate]));
        return both;
    }

    public BalanceSheet Sheet()
    {
        int Count(Fate fate) => _of.Values.Count(value => value == fate);
        return new BalanceSheet(_of.Count, Count(Fate.Used), Filtered: Count(Fate.Filtered), Tied: Count(Fate.Tied), Duplicate: Count(Fate.Duplicate), TooLong: Count(Fate.TooLong), Failed: Count(Fate.Failed)).Closed();
    }
}
