using AgentOps.Benchmarks;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Learning;
using AgentOps.Torch;

namespace AgentOps.TrainBenchmark;

/// <summary>Bytes of live tensors: the most that trainings hold, and whether a long one comes to hold more.</summary>
internal static class MemoryMeasurement
{
    private const double QuantisedBar = 0.45;
    private const int WarmUp = 100;
    private const double Kibi = 1024;

    public static IReadOnlyList<Row> Run(Settings settings, string folder) => [Quantised(folder), Growth(settings)];

    /// <summary>Two steps of SFT on one sequence of 128 tokens, all weights against rank 8 over four bits.</summary>
    private static Row Quantised(string folder)
    {
        using (var policy = BenchmarkModel.Create(BenchmarkModel.Config with { HiddenSize = 768, IntermediateSize = 2048, Layers = 7, Heads = 12, KeyValueHeads = 12 }))
        {
            Console.Error.WriteLine(BenchmarkModel.Describe(policy));
            policy.Save(folder);
        }
        var data = new TokenSequence("household/train/0", 0, BenchmarkModel.Ids(new Rng(1), 128), [[1, 127]]);
        double Peak(Func<Policy> load)
        {
            var before = LiveMemory.Now().Bytes;
            LiveMemory.PeakBytes();
            using var state = new TrainingState(load());
            foreach (var _ in Sft.Train(state, [data], new(Tokens: 256), seed: 1)) ;
            return (LiveMemory.PeakBytes() - before) / Kibi;
        }
        var full = Peak(() => Policy.Load(folder));
        var four = Peak(() => Qlora.Load(folder, new(8, 16), "base", seed: 1));
        return new("peak of live tensors, qlora (ours) against all weights", "KiB", [full], [four], QuantisedBar, IsCeiling: true);
    }

    private static Row Growth(Settings settings)
    {
        using var state = new TrainingState(BenchmarkModel.Create());
        TokenSequence[] data = [.. Enumerable.Range(0, 40).Select(i => new TokenSequence($"household/train/{i}", 0, BenchmarkModel.Ids(new Rng((ulong)i), 16 + i), [[1, 8], [12, 3]]))];
        long early = 0, late = 0;
        foreach (var report in Sft.Train(state, data, new(Tokens: null, Epochs: settings.Steps, BatchTokens: 96), seed: 1))
        {
            late = LiveMemory.Now().Bytes;
            if (report.Step == WarmUp)
                early = late;
            if (report.Step == settings.Steps)
                break;
        }
        return new($"live tensors after step {settings.Steps:N0} (ours) against step {WarmUp}", "KiB", [early / Kibi], [late / Kibi], 1, IsCeiling: true);
    }
}
