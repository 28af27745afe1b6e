namespace AgentOps.Agents;

/// <summary>What a policy answers: the action's text and, where a model of ours sampled it, how.</summary>
public sealed record Reply(string Action, Sampled? Sampled = null);

/// <summary>How an action came out of a model; training uses these ids and log-probabilities as they are.</summary>
/// <param name="PromptIds">Every token before the action; the next turn's prompt extends it and <paramref name="TokenIds"/> exactly.</param>
/// <param name="TokenIds">The sampled tokens, the closing one included.</param>
/// <param name="LogProbs">One a sampled token: natural logarithm of the untempered softmax.</param>
public sealed record Sampled(int[] PromptIds, int[] TokenIds, float[] LogProbs, Sampling Sampling)
{
    /// <summary>Whether the prompt begins with all that the turn before read and said.</summary>
    public bool Extends(Sampled before) =>
        PromptIds.AsSpan().StartsWith(before.PromptIds) && PromptIds.AsSpan(before.PromptIds.Length).StartsWith(before.TokenIds);
}

/// <summary>The parameters that a sampled reply was drawn with. Temperature 0 is greedy; a top-p of 1 and no top-k leave the distribution whole.</summary>
public sealed record Sampling(double Temperature, double TopP, int? TopK, int MaxTokens, long Seed);
