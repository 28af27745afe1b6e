using AgentOps.Models.Decoding;

namespace AgentOps.DecoderBenchmark.Bare;

/// <summary>Both sides must say the same, or one of them does not compute the model. Where the two likeliest tokens are as likely as f32 can tell, either may be taken.</summary>
internal static class Agreement
{
    private const float Tie = 1e-4f;

    /// <exception cref="InvalidOperationException">The decoders disagree where there is no tie.</exception>
    public static void Check(DecodingEngine engine, int[][] prompts, int[][] ours, int[][] theirs)
    {
        for (var i = 0; i < prompts.Length; i++)
            if (ours[i].AsSpan().CommonPrefixLength(theirs[i]) is var same && same < ours[i].Length && !IsTie(engine, [.. prompts[i], .. ours[i][..same]], ours[i][same], theirs[i][same]))
                throw new InvalidOperationException($"The decoders disagree about token {same + 1} of sequence {i + 1}: {ours[i][same]} here, {theirs[i][same]} with libtorch.");
    }

    private static bool IsTie(DecodingEngine engine, int[] prefix, int ours, int theirs)
    {
        var top = engine.DecodeWholeAsync(new(prefix, 1, Temperature: 0, TopLogProbs: 2), CancellationToken.None).GetAwaiter().GetResult()[0].Top;
        return top[0].Id == ours && top[1].Id == theirs && top[0].LogProb - top[1].LogProb <= Tie;
    }
}
