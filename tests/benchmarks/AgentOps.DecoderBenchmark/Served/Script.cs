using AgentOps.Benchmarks;
using AgentOps.Environments;

namespace AgentOps.DecoderBenchmark.Served;

/// <summary>One turn of an episode.</summary>
/// <param name="Observation">The ids that follow what was said before.</param>
/// <param name="MaxTokens">The length of the action.</param>
/// <param name="Seed">Decides what is sampled.</param>
internal sealed record Turn(int[] Observation, int MaxTokens, long Seed);

/// <summary>An episode of the household's proportions: a room and a task first, then short observations and short actions.</summary>
internal static class Script
{
    private const int Turns = 12;

    public static IReadOnlyList<Turn> Of(int round, int episode)
    {
        var rng = new Rng(Seed.Of($"episode/{round}/{episode}"));
        return [.. Enumerable.Range(0, Turns).Select(turn =>
            new Turn(BenchmarkModel.Ids(rng, turn == 0 ? 120 + rng.Below(80) : 8 + rng.Below(24)), 4 + rng.Below(9), (long)(rng.Next() >> 1)))];
    }
}
