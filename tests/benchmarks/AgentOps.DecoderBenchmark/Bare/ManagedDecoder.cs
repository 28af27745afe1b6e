using System.Diagnostics;
using AgentOps.Models.Decoding;

namespace AgentOps.DecoderBenchmark.Bare;

/// <summary>The managed engine. Prompts are computed by requests of one token; the requests that follow find all but that token in the cache.</summary>
internal sealed class ManagedDecoder(DecodingEngine engine) : IDecoder
{
    public Measurement Run(int[][] prompts, int count)
    {
        var start = Stopwatch.GetTimestamp();
        var first = Continue(prompts, 1);
        var between = Stopwatch.GetTimestamp();
        int[][] begun = [.. prompts.Zip(first, (prompt, token) => (int[])[.. prompt, .. token])];
        var rest = Continue(begun, count);
        var end = Stopwatch.GetTimestamp();
        return new(
            Stopwatch.GetElapsedTime(start, between).TotalSeconds, Stopwatch.GetElapsedTime(between, end).TotalSeconds,
            [.. first.Zip(rest, (token, others) => (int[])[.. token, .. others])]);
    }

    private int[][] Continue(int[][] prompts, int count)
    {
        var answers = Task.WhenAll(prompts.Select(prompt => engine.DecodeWholeAsync(new(prompt, count, Temperature: 0), CancellationToken.None)));
        return [.. answers.GetAwaiter().GetResult().Select(answer => answer.Select(token => token.Id).ToArray())];
    }
}
