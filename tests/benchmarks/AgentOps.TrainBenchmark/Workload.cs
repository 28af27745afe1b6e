using AgentOps.Benchmarks;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Learning;

namespace AgentOps.TrainBenchmark;

/// <summary>One method's step, always on the same batch: as many sequences of 256 random tokens as the method's own standard batch holds, each with ten actions of eight tokens.</summary>
/// <param name="Sequences">In the order of the batch; for dpo the chosen ones and then the rejected ones.</param>
/// <param name="Rates">The learning rate of every step.</param>
/// <param name="Steps">Of one measurement.</param>
/// <param name="Old">Of grpo's sampled tokens.</param>
/// <param name="Advantages">Of grpo's sampled tokens.</param>
internal sealed record Workload(
    string Method, IReadOnlyList<TokenSequence> Sequences, IReadOnlyList<double> Rates, int Steps, Func<string, IEnumerable<StepReport>> Train, float[]? Old = null, float[]? Advantages = null)
{
    private const int SequenceLength = 256;
    private const int SftTokens = 1536;
    private const int OtherTokens = 8192;
    private const int Samples = 8;

    /// <summary>Far from what the random model says, on both sides of it, so that some ratios are clipped.</summary>
    private const double OldLogProb = -6.9;

    public int Tokens => Sequences.Count * SequenceLength;

    public static IReadOnlyList<Workload> All(Settings settings) => [Sft(settings), Dpo(settings), Grpo(settings)];

    private static Workload Sft(Settings settings)
    {
        var data = Random(SftTokens / SequenceLength, seed: 1);
        var (steps, all) = Counts(settings, SftTokens);
        return new("sft", data, Cosine(all, 2e-3), steps, folder => Learning.Sft.Train(
            new TrainingState(Policy.Load(folder)), data, new(Tokens: (long)all * SftTokens, LearningRate: 2e-3, BatchTokens: SftTokens), seed: 1));
    }

    private static Workload Dpo(Settings settings)
    {
        var data = Random(OtherTokens / SequenceLength, seed: 2);
        var pairs = data.Take(data.Length / 2).Zip(data.Skip(data.Length / 2), (chosen, rejected) => new PreferencePair(chosen, rejected)).ToArray();
        var (steps, all) = Counts(settings, OtherTokens);
        return new("dpo", data, Cosine(all, 1e-5), steps, folder => Learning.Dpo.Train(
            new TrainingState(Policy.Load(folder)), pairs, new(LearningRate: 1e-5, Tokens: (long)all * OtherTokens, Epochs: null, BatchTokens: OtherTokens), seed: 1));
    }

    private static Workload Grpo(Settings settings)
    {
        var data = Random(OtherTokens / SequenceLength, seed: 3);
        var rng = new Rng(4);
        Rollout[] episodes = [.. data.Select((sequence, i) => new Rollout(
            $"task {i / Samples}", sequence.Ids, sequence.Trained, [.. Enumerable.Range(0, sequence.Trained.Sum(span => span[1])).Select(_ => (float)(OldLogProb + rng.Uniform() - 0.5))],
            Reward: i % 3 == 0 ? 1 : 0, [.. sequence.Trained.Select((_, turn) => $"{i}/{turn}")]))];
        var advantages = episodes.Chunk(Samples).SelectMany(group => group.Zip(Learning.Grpo.AdvantagesOf(group, scale: true)))
            .SelectMany(pair => pair.First.Trained.Zip(pair.Second).SelectMany(turn => Enumerable.Repeat((float)turn.Second, turn.First[1]))).ToArray();
        var (steps, all) = Counts(settings, OtherTokens);
        var work = new OnlineTrainWork("grpo", Digest.Of("model"u8), "household", "train", 0, OtherTokens / SequenceLength / Samples, Samples, all, new OnlineOptions(LearningRate: 1e-4, BatchTokens: OtherTokens), Seed: 1);
        return new("grpo", data, [.. Enumerable.Repeat(1e-4, all)], steps, Steps, [.. episodes.SelectMany(episode => episode.LogProbs)], advantages);

        IEnumerable<StepReport> Steps(string folder)
        {
            using var job = OnlineJob.Open(work, folder);
            for (var iteration = 0; iteration < all; iteration++)
                foreach (var report in job.Learn(episodes, failed: 0))
                    yield return report;
        }
    }

    /// <summary>The first measurement warms up and is compared, but not counted.</summary>
    private static (int Steps, int All) Counts(Settings settings, int batch) => Math.Max(1, settings.Tokens / batch) is var steps ? (steps, steps * (settings.Pairs + 1)) : default;

    private static double[] Cosine(int steps, double peak) => [.. Enumerable.Range(1, steps).Select(step => Schedule.Cosine(step, steps, peak))];

    private static TokenSequence[] Random(int count, ulong seed)
    {
        var rng = new Rng(seed);
        int[][] trained = [.. Enumerable.Range(0, 10).Select(turn => new[] { 16 + 24 * turn, 8 })];
        return [.. Enumerable.Range(0, count).Select(i => new TokenSequence($"household/train/{i}", 0, BenchmarkModel.Ids(rng, SequenceLength), trained))];
    }
}
