namespace AgentOps.Models.Decoding;

/// <summary>One continuation asked of the engine.</summary>
/// <param name="Prompt">At least one token id.</param>
/// <param name="MaxTokens">How many tokens to sample at most; prompt and these must fit the context.</param>
/// <param name="Temperature">0 takes the likeliest token; otherwise the logits are divided by it before sampling.</param>
/// <param name="TopP">Samples from the smallest set of likeliest tokens whose probabilities reach this sum; 1 samples from all.</param>
/// <param name="Seed">With the place of the token it decides every draw, whatever else the engine does.</param>
/// <param name="StopTokens">Sampling one of them ends the request; it is still delivered.</param>
/// <param name="TopLogProbs">How many of the likeliest tokens to report with each sampled one, at most 20.</param>
public sealed record DecodeRequest(
    int[] Prompt, int MaxTokens, double Temperature = 1, double TopP = 1, long Seed = 0, IReadOnlyList<int>? StopTokens = null, int TopLogProbs = 0)
{
    public const int MaxTopLogProbs = 20;
}

/// <summary>A token of the vocabulary with the natural logarithm of its untempered probability.</summary>
public readonly record struct TokenLogProb(int Id, float LogProb);

public enum FinishReason
{
    /// <summary>A stop token was sampled.</summary>
    Stop,

    /// <summary>The request's number of tokens is reached.</summary>
    Length,
}

/// <summary>One sampled token.</summary>
/// <param name="LogProb">Natural logarithm of its probability under the untempered softmax over the whole vocabulary.</param>
/// <param name="Top">The likeliest tokens, likeliest first, as many as were asked for.</param>
/// <param name="Finish">Set on the last token only.</param>
/// <param name="PromptTokensReused">How many of the prompt's tokens were not computed for this request but found in the cache.</param>
public sealed record DecodedToken(int Id, float LogProb, IReadOnlyList<TokenLogProb> Top, FinishReason? Finish = null, int PromptTokensReused = 0);

/// <summary>The prompt and the tokens asked for do not fit the context.</summary>
public sealed class ContextLengthException(string message) : Exception(message);

/// <summary>The engine has as many requests waiting as it accepts; a later attempt may succeed.</summary>
public sealed class QueueFullException(string message) : Exception(message);

/// <summary>The model's numbers are no probabilities: its weights are damaged or its training has diverged.</summary>
public sealed class NonFiniteLogitsException(string message) : Exception(message);
