using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>What tells one kind of reward model from another: what its margins are, each the lead of the right answer over the wrong one.</summary>
/// <param name="RowsOf">The trajectories of some samples.</param>
/// <param name="MarginsOf">From the scores of these rows to the samples' margins [samples].</param>
/// <param name="TaskOf">By which a sample is held out.</param>
/// <param name="Suffices">Whether these samples alone can be learned from.</param>
/// <param name="Commoner">How often it would be right to say always the commoner answer; null where there is none.</param>
public sealed record RewardObjective<T>(
    Func<IReadOnlyList<T>, IReadOnlyList<TokenSequence>> RowsOf, Func<Tensor, IReadOnlyList<T>, Tensor> MarginsOf, Func<T, string> TaskOf,
    Func<IReadOnlyList<T>, bool> Suffices, Func<IReadOnlyList<T>, double>? Commoner = null);

/// <summary>
/// Trains a reward model by its objective's margins, each of which costs -log σ as in <see cref="Dpo.Loss"/>, and looks five times at how it does on the samples that were held out, at last after the last step. <see cref="BradleyTerry"/> and <see cref="OutcomeReward"/> differ in their margins alone.
/// The score learns as much faster than the rest as a <see cref="ValueHead"/> does. All weights are trained. Defaults are those of the project's small models, and were not tuned.
/// </summary>
public static class RewardTraining
{
    private const int Looks = 5;

    /// <param name="Tokens">Training tokens in all, those that are read; exactly one of this and <paramref name="Epochs"/>.</param>
    /// <param name="BatchTokens">Samples times longest sample's tokens of an optimiser step at most.</param>
    public sealed record Options(double LearningRate = 5e-4, long? Tokens = null, int? Epochs = 1, int BatchTokens = 2048)
    {
        /// <exception cref="ArgumentException">A setting is no reward training's, is contradictory or out of range.</exception>
        public static Options From(TrainOptions options)
        {
            Settings.Check(TrainingMethods.Reward, options);
            var own = new Options();
            return new(
                Settings.Positive(options.LearningRate, "learningRate") ?? own.LearningRate,
                Settings.Tokens(options, null), options.Tokens is null ? options.Epochs ?? own.Epochs : null, Settings.BatchTokens(options) ?? own.BatchTokens);
        }
    }

    /// <summary>Goes on from <paramref name="state"/>'s step to the end of the plan; every report is a place to save the state.</summary>
    /// <param name="heldOut">Not learned from.</param>
    /// <exception cref="NonFiniteStepException">A loss or gradient is not a number or infinite; the weights are those of the step before.</exception>
    public static IEnumerable<StepReport> Train<T>(TrainingState state, IReadOnlyList<T> data, IReadOnlyList<T> heldOut, RewardObjective<T> objective, Options options, long seed, CancellationToken ct = default)
    {
        var plan = Plan(data, objective, options, seed);
        while (state.Step < plan.Count)
        {
            ct.ThrowIfCancellationRequested();
            var report = Step(state, [.. plan[state.Step].Select(sample => data[sample])], plan.Count, objective, options);
            yield return heldOut.Count > 0 && IsLook(report)
                ? report with { Metrics = report.Metrics.Concat(Measured(state.Policy, heldOut, objective, options)).ToDictionary(metric => metric.Key, metric => metric.Value) }
                : report;
        }
    }

    internal static IReadOnlyList<int[]> Plan<T>(IReadOnlyList<T> data, RewardObjective<T> objective, Options options, long seed) =>
        BatchPlan.Of(Lengths(data, objective), options.BatchTokens, options.Tokens, options.Epochs, seed);

    private static StepReport Step<T>(TrainingState state, IReadOnlyList<T> samples, int steps, RewardObjective<T> objective, Options options)
    {
        using var scope = NewDisposeScope();
        var rows = objective.RowsOf(samples);
        var scores = RewardModel.Scores(state.Policy, rows);
        var margins = objective.MarginsOf(scores, samples);
        return state.Take(Dpo.Loss(margins), rows.Sum(row => (long)RewardModel.Length(row)), steps, Schedule.Cosine(state.Step + 1, steps, options.LearningRate),
            [("accuracy", Right(margins).mean()), ("margin", margins.mean()), ("score", scores.mean())]);
    }

    /// <summary>Loss and accuracy on what was not learned from.</summary>
    private static Dictionary<string, double> Measured<T>(Policy model, IReadOnlyList<T> heldOut, RewardObjective<T> objective, Options options)
    {
        var (cost, right) = (0.0, 0.0);
        foreach (var samples in BatchPlan.Once(Lengths(heldOut, objective), options.BatchTokens))
        {
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            T[] batch = [.. samples.Select(sample => heldOut[sample])];
            var margins = objective.MarginsOf(RewardModel.Scores(model, objective.RowsOf(batch)), batch);
            (cost, right) = (cost + Dpo.Loss(margins).ToDouble() * batch.Length, right + Right(margins).sum().ToDouble());
        }
        var measured = new Dictionary<string, double> { ["heldOut.accuracy"] = right / heldOut.Count, ["heldOut.loss"] = cost / heldOut.Count };
        if (objective.Commoner is { } commoner)
            measured.Add("heldOut.commoner", commoner(heldOut));
        return measured;
    }

    private static bool IsLook(StepReport report) => (long)report.Step * Looks / report.Steps != (report.Step - 1L) * Looks / report.Steps;

    /// <summary>1 where the right answer leads, else 0.</summary>
    private static Tensor Right(Tensor margins) => margins.gt(0).to(ScalarType.Float32);

    private static int[] Lengths<T>(IReadOnlyList<T> samples, RewardObjective<T> objective) => [.. samples.Select(sample => objective.RowsOf([sample]).Sum(RewardModel.Length))];
}
