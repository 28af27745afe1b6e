using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder;

/// <summary>The pairs that people compared: the trajectory that most of them found better is chosen. Christiano et al. 2017, arXiv:1706.03741, section 2.2.
/// Departs from the paper: (1) whole episodes are compared and no segments; (2) pairs that people find alike are left out where the paper counts them half to each side; (3) the rejected side is cut as <see cref="ContrastPairs"/> cuts it. What people said of a team's episodes they said of each role's part.</summary>
public static class PeoplePairs
{
    /// <param name="context">The model's context in tokens.</param>
    /// <returns>The pairs, and what became of every comparison: the sheet counts comparisons, not trajectories; of a team's one for each role that is to learn. What was withdrawn is null where <paramref name="without"/> is false.</returns>
    public static (List<DataLine<PreferencePair>> Pairs, BalanceSheet Balance) Build(IReadOnlyCollection<Candidate> candidates, IReadOnlyCollection<(PairCompared Pair, bool Withdrawn)> compared, int context, bool without = false)
    {
        var known = candidates.DistinctBy(candidate => (candidate.Trajectory, candidate.Role)).ToLookup(candidate => candidate.Trajectory);
        var sides = compared.SelectMany(one => known[one.Pair.First].Select(first => (one.Pair.Preferred, one.Withdrawn, First: first, Second: known[one.Pair.Second].Single(second => second.Role == first.Role)))).ToList();
        var (pairs, seen) = (new List<(Candidate Chosen, DataLine<PreferencePair> Line)>(), new HashSet<(string, string)>());
        int tied = 0, duplicate = 0, tooLong = 0, failed = 0, withdrawn = 0;
        foreach (var (preferred, isWithdrawn, first, second) in sides)
        {
            var (chosen, other) = preferred == Preference.Second ? (second, first) : (first, second);
            var rejected = ContrastPairs.Cut(other.Tokens, chosen.Tokens);
            if (isWithdrawn || first.Withdrawn || second.Withdrawn)
                withdrawn++;
            else if (preferred is null || !first.Usable || !second.Usable)
                failed++;
            // Of a team it may have been the others that made the difference.
            else if (preferred == Preference.Neither || Tokenised.Key(chosen.Tokens) == Tokenised.Key(rejected))
                tied++;
            else if (chosen.Tokens.Ids.Length > context || rejected.Ids.Length > context)
                tooLong++;
            else if (!seen.Add((Tokenised.Key(chosen.Tokens), Tokenised.Key(rejected))))
                duplicate++;
            else
                pairs.Add((chosen, new(new(chosen.Tokens, rejected), chosen.Trajectory, other.Trajectory)));
        }
        var order = Candidate.Sorted(pairs.Select(pair => pair.Chosen).Distinct()).Index().ToDictionary(one => one.Item, one => one.Index);
        return ([.. pairs.OrderBy(pair => order[pair.Chosen]).Select(pair => pair.Line)],
            new BalanceSheet(sides.Count, pairs.Count, Tied: tied, Duplicate: duplicate, TooLong: tooLong, Failed: failed, Withdrawn: without ? withdrawn : null).Closed());
    }
}
