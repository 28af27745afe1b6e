using AgentOps.Agents;
using AgentOps.Contracts;

namespace AgentOps.Generator;

/// <summary>A played episode's token ids and log-probabilities, exactly as they were sampled.</summary>
public static class Tokens
{
    /// <returns>Null where no model sampled, or the episode failed before its first action.</returns>
    /// <exception cref="InvalidOperationException">A turn's prompt does not extend the previous turn's tokens.</exception>
    public static SampledTokens? Of(Transcript transcript)
    {
        if (transcript.Turns is [] || transcript.Turns.Any(turn => turn.Sampled is null))
            return null;
        var ids = new List<int>();
        var trained = new List<int[]>();
        var logProbs = new List<float>();
        foreach (var (index, turn) in transcript.Turns.Index())
        {
            var sampled = turn.Sampled!;
            if (!sampled.PromptIds.AsSpan(0, Math.Min(ids.Count, sampled.PromptIds.Length)).SequenceEqual(ids.ToArray()))
                throw new InvalidOperationException($"Turn {index + 1} of {transcript.Task}: its prompt does not extend the tokens before it.");
            ids.AddRange(sampled.PromptIds.AsSpan(ids.Count));
            trained.Add([ids.Count, sampled.TokenIds.Length]);
            ids.AddRange(sampled.TokenIds);
            logProbs.AddRange(sampled.LogProbs);
        }
        var sampling = transcript.Turns[0].Sampled!.Sampling;
        return new([.. ids], [.. trained], [.. logProbs], sampling.Temperature, sampling.TopP);
    }
}
