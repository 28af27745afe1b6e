using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder;

/// <summary>What a set of single trajectories takes: each that is wanted, usable and fits, once.</summary>
public static class Selection
{
    /// <param name="context">The model's context in tokens.</param>
    /// <param name="lineOf">A taken trajectory as the set has it.</param>
    public static (List<DataLine<T>> Samples, BalanceSheet Balance) Of<T>(IReadOnlyCollection<Candidate> candidates, int context, Func<Candidate, bool> isWanted, Func<Candidate, T> lineOf)
    {
        var used = new List<DataLine<T>>();
        var seen = new HashSet<string>();
        int filtered = 0, duplicate = 0, tooLong = 0, failed = 0;
        foreach (var candidate in Candidate.Sorted(candidates))
        {
            if (!candidate.Usable)
                failed++;
            else if (!isWanted(candidate) || (candidate.SuccessesOnly && !candidate.Succeeded))
                filtered++;
            else if (candidate.Tokens.Ids.Length > context)
                tooLong++;
            else if (!seen.Add(KeyOf(candidate)))
                duplicate++;
            else
                used.Add(new(lineOf(candidate), candidate.Trajectory));
        }
        return (used, new BalanceSheet(candidates.Count, used.Count, Filtered: filtered, Duplicate: duplicate, TooLong: tooLong, Failed: failed).Closed());
    }

    /// <summary>The same tokens are the same sample. Of a team they may come to another verdict for what the others did, and then both say something.</summary>
    private static string KeyOf(Candidate candidate) => candidate.Role is null ? Tokenised.Key(candidate.Tokens) : $"{Tokenised.Key(candidate.Tokens)} {candidate.Accepted}";
}
