namespace AgentOps.DecoderBenchmark.Bare;

/// <summary>One side of the comparison.</summary>
internal interface IDecoder
{
    /// <summary>Continues each prompt greedily by 1 + <paramref name="count"/> tokens: the first comes out of the prompts' computation, the others are decoded.</summary>
    /// <param name="prompts">Of one length, new to this decoder.</param>
    Measurement Run(int[][] prompts, int count);
}

/// <param name="PrefillSeconds">From the prompts to the first token of each.</param>
/// <param name="DecodeSeconds">From these to the last token of each.</param>
/// <param name="Tokens">What was decoded, by prompt.</param>
internal sealed record Measurement(double PrefillSeconds, double DecodeSeconds, int[][] Tokens);
