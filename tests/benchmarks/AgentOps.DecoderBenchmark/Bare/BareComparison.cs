using AgentOps.Benchmarks;
using AgentOps.Environments;
using AgentOps.Learning;
using AgentOps.Models.Decoding;

namespace AgentOps.DecoderBenchmark.Bare;

/// <summary>The managed engine against the fastest way that was found to do the same with libtorch, in this process, in turns.</summary>
internal static class BareComparison
{
    private const double Bar = 1.5;
    private const int TrialTokens = 32;

    public static IReadOnlyList<Row> Run(Settings settings, Policy policy)
    {
        var options = new EngineOptions { Threads = settings.Threads, MaxBatch = settings.Batches.Max() };
        var engine = new DecodingEngine(DecoderModel.Create(policy.Snapshot()), options);
        try
        {
            return [.. settings.Batches.SelectMany(batch => Rows(settings, policy, engine, batch))];
        }
        finally
        {
            engine.DisposeAsync().AsTask().GetAwaiter().GetResult();
        }
    }

    private static IEnumerable<Row> Rows(Settings settings, Policy policy, DecodingEngine engine, int batch)
    {
        var prompts = new Prompts(batch, settings.Prompt);
        using var torch = Fastest(settings, policy, prompts);
        var ours = new ManagedDecoder(engine);
        Pair(settings, engine, ours, torch, prompts.Next(), oursFirst: true);
        var pairs = Enumerable.Range(0, settings.Pairs).Select(i => Pair(settings, engine, ours, torch, prompts.Next(), i % 2 == 0)).ToList();
        Row Of(string phase, int tokens, Func<Measurement, double> seconds, double? bar) => new(
            $"{phase}, batch {batch}", [.. pairs.Select(p => batch * tokens / seconds(p.Theirs))], [.. pairs.Select(p => batch * tokens / seconds(p.Ours))], bar);
        yield return Of("decode", settings.Tokens, m => m.DecodeSeconds, Bar);
        yield return Of("prefill", settings.Prompt, m => m.PrefillSeconds, null);
    }

    private static (Measurement Ours, Measurement Theirs) Pair(Settings settings, DecodingEngine engine, ManagedDecoder ours, TorchDecoder torch, int[][] prompts, bool oursFirst)
    {
        var before = oursFirst ? ours.Run(prompts, settings.Tokens) : null;
        var theirs = torch.Run(prompts, settings.Tokens);
        var own = before ?? ours.Run(prompts, settings.Tokens);
        Agreement.Check(engine, prompts, own.Tokens, theirs.Tokens);
        Console.Error.WriteLine($"batch {prompts.Length}: decoded in {theirs.DecodeSeconds:F3} s with libtorch, {own.DecodeSeconds:F3} s with ours");
        return (own, theirs);
    }

    /// <summary>Tries every variant three times and keeps the one with the shortest time of decoding.</summary>
    private static TorchDecoder Fastest(Settings settings, Policy policy, Prompts prompts)
    {
        var (best, least) = (TorchVariant.All[0], double.PositiveInfinity);
        var trial = prompts.Next();
        foreach (var variant in TorchVariant.All)
        {
            using var decoder = new TorchDecoder(policy, variant, settings.Prompt + TrialTokens);
            var seconds = Enumerable.Range(0, 3).Min(_ => decoder.Run(trial, TrialTokens).DecodeSeconds);
            if (seconds < least)
                (best, least) = (variant, seconds);
        }
        Console.Error.WriteLine($"batch {prompts.Batch}: libtorch with {best}");
        return new TorchDecoder(policy, best, settings.Prompt + settings.Tokens);
    }

    /// <summary>Prompts that nobody has seen before.</summary>
    private sealed class Prompts(int batch, int length)
    {
        private readonly Rng _rng = new((ulong)batch);

        public int Batch => batch;

        public int[][] Next() => [.. Enumerable.Range(0, batch).Select(_ => BenchmarkModel.Ids(_rng, length))];
    }
}
