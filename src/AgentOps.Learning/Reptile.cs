using AgentOps.Contracts;
using AgentOps.Environments;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// Reptile: a start from which few trajectories of a new kind of task suffice. θ ← θ + ε(φ - θ), where φ is what k steps of SFT on one kind of task make of θ. Nichol, Achiam and Schulman 2018, arXiv:1803.02999, algorithm 1.
/// A kind of task is an environment's task type, so a data set of several environments has the kinds of all of them. ε falls linearly to 0, as in the paper's section 6.
/// Departs from the paper: (1) the inner steps are AdamW's with this project's constants (β1 0.9 where the paper has 0), and its moments go on from kind to kind; (2) kinds come in turn, in an order drawn anew when all were there, and are not drawn one by one.
/// </summary>
public static class Reptile
{
    /// <param name="Tokens">Training tokens in all; the iteration that reaches them is the last. Exactly one of this and <paramref name="Epochs"/>.</param>
    /// <param name="Epochs">As many tokens as so many passes over all samples have.</param>
    /// <param name="LearningRate">Of the inner steps, the same in all.</param>
    /// <param name="InnerSteps">k.</param>
    /// <param name="MetaRate">ε of the first iteration.</param>
    public sealed record Options(long? Tokens = 900_000, int? Epochs = null, double LearningRate = 1e-3, int BatchTokens = 1536, int InnerSteps = 8, double MetaRate = 1)
    {
        /// <exception cref="ArgumentException">A setting is not Reptile's, is contradictory or out of range.</exception>
        public static Options From(TrainOptions options)
        {
            Settings.Check("reptile", options);
            var own = new Options();
            return new(
                Settings.Tokens(options, own.Tokens), options.Epochs,
                Settings.Positive(options.LearningRate, "learningRate") ?? own.LearningRate, Settings.BatchTokens(options) ?? own.BatchTokens,
                Settings.InnerSteps(options.InnerSteps) ?? own.InnerSteps, Settings.MetaRate(options.MetaRate) ?? own.MetaRate);
        }
    }

    /// <summary>Goes on from <paramref name="state"/>'s step to the end of the plan; there is a report after each iteration, k optimiser steps, and every one is a place to save the state.</summary>
    /// <exception cref="ArgumentException">The samples are all of one kind.</exception>
    /// <exception cref="NonFiniteStepException">A loss or gradient is not a number or infinite; the weights are those before the iteration.</exception>
    public static IEnumerable<StepReport> Train(TrainingState state, IReadOnlyList<TokenSequence> data, Options options, long seed, CancellationToken ct = default)
    {
        if (Lacks(data) is { } lacks)
            throw new ArgumentException(lacks, nameof(data));
        var plan = Plan(data, options, seed);
        while (state.Step < plan.Count * options.InnerSteps)
        {
            ct.ThrowIfCancellationRequested();
            var iteration = state.Step / options.InnerSteps;
            yield return Iterate(state, plan[iteration], data, plan.Count * options.InnerSteps, options with { MetaRate = options.MetaRate * (1 - (double)iteration / plan.Count) });
        }
    }

    /// <returns>Why nothing can be learned from these samples, in a sentence; null where it can.</returns>
    public static string? Lacks(IReadOnlyList<TokenSequence> data) => data.Select(KindOf).Distinct().Take(2).Count() == 2 ? null
        : $"reptile learns from several kinds of tasks, and all samples are of {(data.Count == 0 ? "none" : KindOf(data[0]))}: take those of several task types or environments.";

    /// <param name="options">With the ε of this iteration.</param>
    private static StepReport Iterate(TrainingState state, int[][] batches, IReadOnlyList<TokenSequence> data, int steps, Options options)
    {
        using var scope = NewDisposeScope();
        var trained = state.Policy.Trained.Select(named => (Tensor)named.parameter).ToArray();
        var before = trained.Select(weight => weight.detach().clone()).ToArray();
        try
        {
            StepReport[] inner = [.. batches.Select(samples => Step(state, [.. samples.Select(sample => data[sample])], steps, options))];
            Move(trained, before, options.MetaRate);
            return inner[^1] with { Metrics = new Dictionary<string, double>(inner[^1].Metrics) { ["firstLoss"] = inner[0].Metrics["loss"], ["metaRate"] = options.MetaRate } };
        }
        catch (NonFiniteStepException)
        {
            Move(trained, before, 0);
            throw;
        }
    }

    private static StepReport Step(TrainingState state, TokenSequence[] sequences, int steps, Options options)
    {
        using var scope = NewDisposeScope();
        var batch = TokenBatch.Of(sequences, state.Policy.Device);
        return state.Take(Sft.Loss(LogProbs.Of(state.Policy.Transformer, batch), sequences, sequences.Any(sequence => sequence.Weights is not null)), batch.Tokens, steps, options.LearningRate);
    }

    /// <summary>θ + ε(φ - θ), in place.</summary>
    private static void Move(Tensor[] trained, Tensor[] before, double metaRate)
    {
        using var frozen = no_grad();
        foreach (var (weight, start) in trained.Zip(before))
            weight.copy_(start + (weight - start) * metaRate);
    }

    /// <returns>Of each iteration the k batches of its kind.</returns>
    internal static List<int[][]> Plan(IReadOnlyList<TokenSequence> data, Options options, long seed)
    {
        int[] lengths = [.. data.Select(sequence => sequence.Ids.Length)];
        var wanted = options.Tokens ?? options.Epochs!.Value * lengths.Sum(length => (long)length);
        IEnumerable<int[][]> Iterations() => Turns(data, lengths, options, seed);
        var iterations = BatchPlan.Until(wanted, lengths, Iterations().Select(batches => batches.SelectMany(batch => batch).ToArray())).Count;
        return [.. Iterations().Take(iterations)];
    }

    private static IEnumerable<int[][]> Turns(IReadOnlyList<TokenSequence> data, int[] lengths, Options options, long seed)
    {
        var kinds = Enumerable.Range(0, data.Count).GroupBy(sample => KindOf(data[sample])).OrderBy(kind => kind.Key, StringComparer.Ordinal)
            .Select(kind => BatchPlan.Endless([.. kind], lengths, options.BatchTokens, $"{seed}/{kind.Key}").Chunk(options.InnerSteps).GetEnumerator()).ToArray();
        for (var round = 0; ; round++)
            foreach (var kind in new Rng(Seed.Of($"kinds/{seed}/{round}")).Shuffled(kinds))
            {
                kind.MoveNext();
                yield return kind.Current;
            }
    }

    private static string KindOf(TokenSequence sample)
    {
        var task = TaskId.Parse(sample.Task);
        var world = Catalogue.Find(task.Environment).Create();
        world.Reset(task);
        return $"{task.Environment}/{world.TaskType}";
    }
}
