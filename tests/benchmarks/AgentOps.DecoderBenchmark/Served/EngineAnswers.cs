using AgentOps.Models.Decoding;

namespace AgentOps.DecoderBenchmark.Served;

/// <summary>Answers out of an engine in this process.</summary>
internal static class EngineAnswers
{
    public static async Task<Answer> AskAsync(DecodingEngine engine, int[] prompt, Turn turn)
    {
        var tokens = await engine.DecodeWholeAsync(new(prompt, turn.MaxTokens, Temperature: 1, Seed: turn.Seed), CancellationToken.None);
        return new([.. tokens.Select(t => t.Id)], [.. tokens.Select(t => t.LogProb)], tokens[^1].PromptTokensReused);
    }
}
