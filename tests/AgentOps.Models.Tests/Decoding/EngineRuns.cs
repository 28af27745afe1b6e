using AgentOps.Models.Decoding;

namespace AgentOps.Models.Tests.Decoding;

/// <summary>Shorthand for asking an engine.</summary>
internal static class EngineRuns
{
    public static int[] Prompt(int seed, int length, int vocabulary = 19)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, length).Select(_ => random.Next(vocabulary))];
    }

    /// <summary>Threads that share even the steps of a tiny model.</summary>
    public static EngineOptions OnThreads(int threads) => new() { Threads = threads, SharedStep = 0 };

    public static Task<IReadOnlyList<DecodedToken>> Ask(this DecodingEngine engine, DecodeRequest request) =>
        engine.DecodeWholeAsync(request, CancellationToken.None);

    public static async Task<IReadOnlyList<DecodedToken>> AskAlone(DecoderModel model, DecodeRequest request, EngineOptions? options = null)
    {
        await using var engine = new DecodingEngine(model, options ?? new() { Threads = 1 });
        return await engine.Ask(request);
    }

    /// <summary>Ids and the bits of all log-probabilities, comparable as text.</summary>
    public static string Bits(this IEnumerable<DecodedToken> tokens) => string.Join(
        ' ',
        tokens.Select(t => $"{t.Id}:{BitConverter.SingleToInt32Bits(t.LogProb):x8}[{string.Join(',', t.Top.Select(p => $"{p.Id}:{BitConverter.SingleToInt32Bits(p.LogProb):x8}"))}]{t.Finish}"));
}
