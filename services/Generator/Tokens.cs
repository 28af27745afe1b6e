using AgentOps.Agents;
using AgentOps.Contracts;

namespace AgentOps.Generator;

/// <summary>A played episode's token ids and log-probabilities, exactly as they were sampled.</summary>
public static class Tokens
{
    /// <param name="roles">The environment's; none: there is one agent.</param>
    /// <returns>Of an agent alone one under no role; of a team one for each role that a model played, in the order of their names.</returns>
    /// <inheritdoc cref="Of(Transcript, string?)"/>
    public static IEnumerable<(string? Role, SampledTokens Tokens)> Of(Transcript transcript, IReadOnlyList<string> roles) =>
        from role in roles.Count == 0 ? [null] : roles.Order(StringComparer.Ordinal).Cast<string?>()
        let tokens = Of(transcript, role)
        where tokens is not null
        select (role, tokens);

    /// <param name="role">Whose turns; null: an agent's that plays alone.</param>
    /// <returns>Null where no model sampled, or the episode failed before its first action.</returns>
    /// <exception cref="InvalidOperationException">A turn's prompt does not extend the previous turn's tokens.</exception>
    public static SampledTokens? Of(Transcript transcript, string? role = null)
    {
        var turns = transcript.Turns.Where(turn => turn.Role == role).ToArray();
        if (turns is [] || turns.Any(turn => turn.Sampled is null))
            return null;
        var ids = new List<int>();
        var trained = new List<int[]>();
        var logProbs = new List<float>();
        foreach (var (index, turn) in turns.Index())
        {
            var sampled = turn.Sampled!;
            if (index > 0 && !sampled.Extends(turns[index - 1].Sampled!))
                throw new InvalidOperationException($"Turn {index + 1} of {transcript.Task}{(role is null ? "" : $" as {role}")}: its prompt does not extend the tokens before it.");
            ids.AddRange(sampled.PromptIds.AsSpan(ids.Count));
            trained.Add([ids.Count, sampled.TokenIds.Length]);
            ids.AddRange(sampled.TokenIds);
            logProbs.AddRange(sampled.LogProbs);
        }
        var sampling = turns[0].Sampled!.Sampling;
        return new([.. ids], [.. trained], [.. logProbs], sampling.Temperature, sampling.TopP);
    }
}
