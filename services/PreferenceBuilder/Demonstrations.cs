using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder;

/// <summary>The set for supervised fine-tuning: every accepted trajectory once, and where failures are learned from the rejected ones as well. With sampled successes beside the expert's it is rejection sampling, arXiv:2308.01825.</summary>
public static class Demonstrations
{
    /// <param name="context">The model's context in tokens.</param>
    /// <param name="withFailures">Whether what the judges did not accept is taken too, marked as <see cref="MarkedFailure"/> does.</param>
    public static (List<DataLine<TokenSequence>> Samples, BalanceSheet Balance) Build(IReadOnlyCollection<Candidate> candidates, int context, bool withFailures = false)
    {
        var used = new List<DataLine<TokenSequence>>();
        var seen = new HashSet<string>();
        int filtered = 0, duplicate = 0, tooLong = 0, failed = 0;
        foreach (var candidate in Candidate.Sorted(candidates))
        {
            if (!candidate.Usable)
                failed++;
            else if ((!candidate.Accepted && !withFailures) || (candidate.SuccessesOnly && !candidate.Succeeded))
                filtered++;
            else if (candidate.Tokens.Ids.Length > context)
                tooLong++;
            else if (!seen.Add(Tokenised.Key(candidate.Tokens)))
                duplicate++;
            else
                used.Add(new(candidate.Tokens, candidate.Trajectory));
        }
        return (used, new BalanceSheet(candidates.Count, used.Count, Filtered: filtered, Duplicate: duplicate, TooLong: tooLong, Failed: failed).Closed());
    }
}
