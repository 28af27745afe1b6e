using AgentOps.Contracts;
using AgentOps.Environments;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// Teaches a random network to copy: -log π on the repeat of random strings, the task on which induction heads show (Olsson et al. 2022, arXiv:2209.11895).
/// Without it, small models learn no task from a few hundred trajectories. The strings are random tokens, so the result knows nothing of any environment.
/// Departs from the paper: (1) it is a training stage of its own, not a measurement; (2) a string of <see cref="Options.Length"/> tokens repeats a random period of
/// 3 to 16 tokens; (3) the loss starts one token after the repeat does, since nothing tells that a first repeated token is one; (4) it stops at the first step whose
/// fresh strings are copied with <see cref="Options.Target"/> accuracy, or at the end of the tokens.
/// </summary>
public static class CopyStage
{
    /// <param name="Target">The share of loss-carrying tokens that must be the most probable one.</param>
    public sealed record Options(
        long Tokens = 1_000_000, double LearningRate = 2e-3, int BatchTokens = 1536, int Length = 48, int ShortestPeriod = 3, int LongestPeriod = 16, double Target = 0.95);

    /// <summary>Goes on from <paramref name="state"/>'s step; every report is a place to save the state. Reports <c>copyAccuracy</c> besides.</summary>
    /// <param name="alphabet">The token ids that strings are made of.</param>
    /// <exception cref="NonFiniteStepException">A loss or gradient is not a number or infinite; the weights are those of the step before.</exception>
    public static IEnumerable<StepReport> Train(TrainingState state, IReadOnlyList<int> alphabet, Options options, long seed, CancellationToken ct = default)
    {
        if (options.ShortestPeriod < 1 || options.ShortestPeriod > options.LongestPeriod || options.LongestPeriod + 1 >= options.Length)
            throw new ArgumentException($"Periods of {options.ShortestPeriod} to {options.LongestPeriod} tokens do not repeat within {options.Length} tokens.", nameof(options));
        var strings = Math.Max(1, options.BatchTokens / options.Length);
        var steps = (int)Math.Max(1, options.Tokens / (strings * options.Length));
        while (!state.Finished && state.Step < steps)
        {
            ct.ThrowIfCancellationRequested();
            var rng = new Rng(Seed.Of($"copy/{seed}/{state.Step}"));
            yield return Step(state, [.. Enumerable.Range(0, strings).Select(_ => RandomString(alphabet, options, rng))], steps, options);
        }
    }

    /// <summary>One string that repeats its first period, trained from the second token of the repeat on.</summary>
    public static TokenSequence RandomString(IReadOnlyList<int> alphabet, Options options, Rng rng)
    {
        var period = options.ShortestPeriod + rng.Below(options.LongestPeriod - options.ShortestPeriod + 1);
        var ids = new int[options.Length];
        for (var i = 0; i < ids.Length; i++)
            ids[i] = i < period ? rng.Pick(alphabet) : ids[i - period];
        return new("copy", 0, ids, [[period + 1, ids.Length - period - 1]]);
    }

    private static StepReport Step(TrainingState state, TokenSequence[] strings, int steps, Options options)
    {
        using var scope = NewDisposeScope();
        var batch = TokenBatch.Of(strings, state.Policy.Device);
        var logits = LogProbs.Logits(state.Policy.Transformer, batch);
        var accuracy = logits.argmax(1).eq(batch.Targets).to(ScalarType.Float32).mean();
        var report = state.Take(
            Sft.Loss(LogProbs.Of(logits, batch.Targets)), batch.Tokens, steps, Schedule.Cosine(state.Step + 1, steps, options.LearningRate), [("copyAccuracy", accuracy)]);
        state.Finished = report.Metrics["copyAccuracy"] >= options.Target;
        return report;
    }
}
