using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder;

/// <summary>Demonstrations in which turns that the environment did not understand count less, or are read and not learned.</summary>
public static class InvalidTurns
{
    /// <param name="weight">0 to 1; at 0 such a turn carries no loss.</param>
    /// <exception cref="FormatException">The tokens have another number of turns than the episode: leaving the weights out, or the sample, would change in silence what is learned.</exception>
    public static TokenSequence Weighted(TokenSequence sequence, IReadOnlyList<RecordedTurn> turns, double weight)
    {
        if (sequence.Trained.Length != turns.Count)
            throw new FormatException($"The trajectory of {sequence.Task}, sample {sequence.Sample}, has {turns.Count} turns, but its tokens have {sequence.Trained.Length}.");
        if (!turns.Any(turn => turn.Invalid))
            return sequence;
        var kept = sequence.Trained.Zip(turns, (span, turn) => (Span: span, Weight: turn.Invalid ? weight : 1)).Where(turn => turn.Weight > 0).ToArray();
        return sequence with { Trained = [.. kept.Select(turn => turn.Span)], Weights = kept.All(turn => turn.Weight == 1) ? null : [.. kept.Select(turn => turn.Weight)] };
    }
}
