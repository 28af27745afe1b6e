using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder;

/// <summary>Pairs of two actions on one history: of those that the samples of a task took there, the one that went best is chosen above each that went worse. IPR, arXiv:2406.11176, section 3.2 and 3.3.
/// Departs from the paper: (1) an action's value is the mean reward of the samples that took it, and no episode is played for it; many samples of a task share their first turns;
/// (2) the chosen action is the best of those that lead to an accepted trajectory, the expert's or the model's own; (3) an action that fewer samples took than <see cref="StepPairOptions.Visits"/> is in no pair. One visit is the default: then what befell a single episode may decide;
/// (4) with <c>both</c> whole trajectories and actions are pairs of one mean, where the paper adds the mean of each: the more actions there are, the more they weigh.
/// Of a team's trajectories the history is a role's own, and so an action's value is the mean over whatever the others did after it: MALT's values (arXiv:2412.01928), which it takes from a tree of samples.</summary>
public static class StepPairs
{
    private const double Lead = 0.5;
    private const int Visits = 1;

    private sealed record Choice(Candidate First, int Turn, Candidate[] Through)
    {
        public double Value => Through.Average(candidate => candidate.Reward);

        public Candidate? Accepted => Through.FirstOrDefault(candidate => candidate.Accepted);

        public TokenSequence Of(Candidate candidate)
        {
            var action = candidate.Tokens.Trained[Turn];
            return candidate.Tokens with { Ids = candidate.Tokens.Ids[..(action[0] + action[1])], Trained = [action] };
        }
    }

    /// <param name="context">The model's context in tokens.</param>
    /// <returns>The pairs, and what became of every trajectory; it is used where its reward counts on a side of a pair.</returns>
    public static (List<DataLine<PreferencePair>> Pairs, Fates Fates) Build(IReadOnlyCollection<Candidate> candidates, int context, StepPairOptions options)
    {
        var (pairs, fates) = (new List<DataLine<PreferencePair>>(), new Fates());
        fates.Are(candidates.Where(c => !c.Usable), Fate.Failed);
        foreach (var task in Candidate.Sorted(candidates.Where(c => c.Usable)).GroupBy(c => c.Group))
        {
            var fitting = task.Where(c => c.Tokens.Ids.Length <= context).ToArray();
            fates.Are(task, Fate.TooLong);
            fates.Are(fitting, fitting.Any(c => c.Accepted) ? Fate.Tied : Fate.Filtered);
            foreach (var (best, other) in Compared(fitting, options))
            {
                pairs.Add(new(new(best.Of(best.Accepted!), other.Of(other.First)), best.Accepted!.Trajectory, other.First.Trajectory));
                fates.Are([.. best.Through, .. other.Through], Fate.Used);
            }
        }
        return (pairs, fates);
    }

    private static IEnumerable<(Choice Best, Choice Other)> Compared(Candidate[] task, StepPairOptions options)
    {
        var turns = task.SelectMany(candidate => candidate.Tokens.Trained.Select((action, turn) => (Candidate: candidate, Turn: turn, Before: Upto(candidate, action[0]), After: Upto(candidate, action[0] + action[1]))));
        foreach (var history in turns.GroupBy(turn => turn.Before))
        {
            var choices = history.GroupBy(turn => turn.After)
                .Select(choice => new Choice(choice.First().Candidate, choice.First().Turn, [.. choice.Select(turn => turn.Candidate)]))
                .Where(choice => choice.Through.Length >= (options.Visits ?? Visits)).ToArray();
            if (choices.Where(choice => choice.Accepted is not null).MaxBy(choice => choice.Value) is { } best)
                foreach (var other in choices.Where(choice => best.Value - choice.Value >= (options.Lead ?? Lead)))
                    yield return (best, other);
        }
    }

    private static string Upto(Candidate candidate, int end) => Tokenised.Key(candidate.Tokens with { Ids = candidate.Tokens.Ids[..end] });
}
