using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder;

/// <summary>ETO's contrastive pairs, arXiv:2403.02502 section 3.2: of two trajectories of one task the one with the higher reward is chosen, and ties are dropped.
/// Departs from the paper: (1) a task may have several samples, and each of lower reward is paired with the task's best, not only one with the expert's; (2) where several are best, the first source's is chosen, which is the expert where there is one; (3) the chosen one is among those that the judges accepted, since it is imitated: a task without such a one gives no pair; (4) of a team's trajectories each role's are paired with that role's own, and where it did the same in both nothing is told apart.</summary>
public static class ContrastPairs
{
    /// <summary>The rejected trajectory is cut to this many turns more than the chosen one: the paper's code, construct_preference.</summary>
    private const int TurnsBeyondChosen = 5;

    /// <param name="context">The model's context in tokens.</param>
    /// <returns>The pairs, and what became of every trajectory; a chosen one counts as used once, however many pairs it is in.</returns>
    public static (List<DataLine<PreferencePair>> Pairs, Fates Fates) Build(IReadOnlyCollection<Candidate> candidates, int context)
    {
        var (pairs, fates) = (new List<DataLine<PreferencePair>>(), new Fates());
        var seen = new HashSet<(string, string)>();
        fates.Are(candidates.Where(c => !c.Usable), Fate.Failed);
        foreach (var task in Candidate.Sorted(candidates.Where(c => c.Usable)).GroupBy(c => c.Group))
        {
            if (task.Where(c => c.Accepted).MaxBy(c => c.Reward) is not { } best)
            {
                fates.Are(task, Fate.Filtered);
                continue;
            }
            var before = pairs.Count;
            foreach (var other in task.Where(c => !ReferenceEquals(c, best)))
            {
                var rejected = Cut(other.Tokens, best.Tokens);
                var fate = other.Reward >= best.Reward ? (other.Accepted ? Fate.Tied : Fate.Filtered)
                    // Of a team it may have been the others that made the difference.
                    : Tokenised.Key(best.Tokens) == Tokenised.Key(rejected) ? Fate.Tied
                    : best.Tokens.Ids.Length > context || rejected.Ids.Length > context ? Fate.TooLong
                    : !seen.Add((Tokenised.Key(best.Tokens), Tokenised.Key(rejected))) ? Fate.Duplicate
                    : Fate.Used;
                fates.Is(other, fate);
                if (fate == Fate.Used)
                    pairs.Add(new(new(best.Tokens, rejected), best.Trajectory, other.Trajectory));
            }
            fates.Is(best, pairs.Count > before ? Fate.Used : task.Any(c => c.Reward < best.Reward && fates[c] != Fate.Tied) ? Fate.TooLong : Fate.Tied);
        }
        return (pairs, fates);
    }

    /// <summary>A rejected trajectory as it stands beside the chosen one.</summary>
    internal static TokenSequence Cut(TokenSequence sequence, TokenSequence chosen)
    {
        var turns = chosen.Trained.Length + TurnsBeyondChosen;
        if (sequence.Trained.Length <= turns)
            return sequence;
        var last = sequence.Trained[turns - 1];
        return sequence with { Ids = sequence.Ids[..(last[0] + last[1])], Trained = sequence.Trained[..turns] };
    }
}
