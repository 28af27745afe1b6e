using System.Diagnostics;

namespace AgentOps.DecoderBenchmark.Served;

/// <summary>What came back for one prompt.</summary>
/// <param name="Reused">The prompt's tokens that were not computed again.</param>
internal sealed record Answer(int[] Ids, float[] LogProbs, int Reused);

/// <summary>What came of one episode.</summary>
/// <param name="Computed">Prompt tokens computed over all turns.</param>
/// <param name="Length">Tokens of the final transcript.</param>
internal sealed record Episode(IReadOnlyList<Answer> Answers, int Computed, int Length);

/// <summary>Episodes of a round and how long they took together.</summary>
internal sealed record Round(IReadOnlyList<Episode> Episodes, double Seconds)
{
    public int Sampled => Episodes.Sum(e => e.Answers.Sum(a => a.Ids.Length));

    public double TokensPerSecond => Sampled / Seconds;

    /// <summary>Plays all episodes of a round at the same time, as Generator plays a shard.</summary>
    public static async Task<Round> PlayAsync(int round, int episodes, Func<int[], Turn, Task<Answer>> ask)
    {
        var scripts = Enumerable.Range(0, episodes).Select(episode => Script.Of(round, episode)).ToList();
        var start = Stopwatch.GetTimestamp();
        var played = await Task.WhenAll(scripts.Select(script => Task.Run(() => PlayAsync(script, ask))));
        return new(played, Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    /// <exception cref="InvalidOperationException">A token or the bits of a log-probability differ.</exception>
    public void MustEqual(Round other)
    {
        foreach (var (mine, theirs) in Episodes.SelectMany(e => e.Answers).Zip(other.Episodes.SelectMany(e => e.Answers)))
            if (!mine.Ids.SequenceEqual(theirs.Ids) || !mine.LogProbs.SequenceEqual(theirs.LogProbs))
                throw new InvalidOperationException("Serving and the bare engine sampled different tokens or log-probabilities for the same prompt and seed.");
    }

    private static async Task<Episode> PlayAsync(IReadOnlyList<Turn> script, Func<int[], Turn, Task<Answer>> ask)
    {
        var (ids, answers, computed) = (new List<int>(), new List<Answer>(), 0);
        foreach (var turn in script)
        {
            ids.AddRange(turn.Observation);
            var answer = await ask([.. ids], turn);
            computed += ids.Count - answer.Reused;
            ids.AddRange(answer.Ids);
            answers.Add(answer);
        }
        return new(answers, computed, ids.Count);
    }
}
