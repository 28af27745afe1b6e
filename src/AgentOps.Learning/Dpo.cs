using AgentOps.Contracts;
using AgentOps.Learning.Preferences;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace AgentOps.Learning;

/// <summary>
/// Direct preference optimisation on trajectories, in ETO's form: L = -E log σ(β(log π_w/π_ref - log π_l/π_ref)). arXiv:2305.18290, eq. 7; on trajectories: ETO, arXiv:2403.02502.
/// A trajectory's log-probability is the sum (not the mean) over its agent's tokens. The reference is the start model, frozen for the whole training;
/// its sums are computed once, before the first step, and kept in the training's state.
/// The term that pairs are learned by may be another than eq. 7: <see cref="PreferenceLoss.All"/>, each with its own paper.
/// Departs from the papers: (1) an SFT term, the token mean of -log π on the chosen trajectories, with weight <see cref="Options.SftWeight"/>;
/// (2) the preference term has a weight, and 0 leaves the SFT-only arm with the same batches and steps; (3) mean over the batch's pairs;
/// (4) defaults are those that did not harm the project's small models.
/// </summary>
public static class Dpo
{
    internal const string ReferenceChosen = "reference.chosen";
    internal const string ReferenceRejected = "reference.rejected";

    /// <param name="Tokens">Training tokens in all, both sides counted; exactly one of this and <paramref name="Epochs"/>.</param>
    /// <param name="BatchTokens">Pairs times longest pair's tokens of an optimiser step at most.</param>
    /// <param name="Loss">Null: eq. 7.</param>
    /// <param name="Packing">A step's sequences in one row instead of side by side, <see cref="TokenBatch"/>.</param>
    public sealed record Options(
        double Beta = PreferenceLoss.StandardBeta, double SftWeight = 1, double PreferenceWeight = 1, double LearningRate = 1e-5, long? Tokens = null, int? Epochs = 1, int BatchTokens = 8192,
        PreferenceLoss? Loss = null, bool Packing = false)
    {
        internal PreferenceLoss Pairs => Loss ?? PreferenceLoss.Sigmoid;

        /// <exception cref="ArgumentException">A setting is contradictory or out of range.</exception>
        public static Options From(TrainOptions options)
        {
            Settings.Check("dpo", options);
            var (own, loss) = (new Options(), PreferenceLoss.From(options));
            return new(
                Settings.Positive(options.Beta, "beta") ?? loss.Beta,
                Settings.Weight(options.SftWeight, "sftWeight") ?? own.SftWeight, Settings.Weight(options.PreferenceWeight, "preferenceWeight") ?? own.PreferenceWeight,
                Settings.Positive(options.LearningRate, "learningRate") ?? own.LearningRate,
                Settings.Tokens(options, null), options.Tokens is null ? options.Epochs ?? own.Epochs : null, Settings.BatchTokens(options) ?? own.BatchTokens, loss, options.Packing ?? false);
        }
    }

    /// <summary>The mean over the pairs of -log σ(<see cref="Margins"/>).</summary>
    /// <param name="margins">[P].</param>
    public static Tensor Loss(Tensor margins) => Costs(margins).mean();

    /// <summary>-log σ of each margin, eq. 7.</summary>
    /// <returns>[P].</returns>
    public static Tensor Costs(Tensor margins) => -F.logsigmoid(margins);

    /// <summary>β((π_w - π_l) - (ref_w - ref_l)), each a trajectory's log-probability in nats.</summary>
    /// <returns>[P].</returns>
    public static Tensor Margins(Tensor chosen, Tensor rejected, Tensor referenceChosen, Tensor referenceRejected, double beta)
    {
        Shape.Is(chosen, -1);
        Shape.Same(chosen, rejected, referenceChosen, referenceRejected);
        return ((chosen - rejected) - (referenceChosen - referenceRejected)) * beta;
    }

    /// <summary>Goes on from <paramref name="state"/>'s step to the end of the plan; every report is a place to save the state.</summary>
    /// <exception cref="InvalidDataException">The state's reference is not that of the data set's samples.</exception>
    /// <exception cref="NonFiniteStepException">A loss or gradient is not a number or infinite; the weights are those of the step before.</exception>
    public static IEnumerable<StepReport> Train(TrainingState state, IReadOnlyList<PreferencePair> data, Options options, long seed, CancellationToken ct = default)
    {
        var plan = Plan(data, options, seed);
        if (options.Pairs.HasReference)
            KeepReference(state, data, options, ct);
        while (state.Step < plan.Count)
        {
            ct.ThrowIfCancellationRequested();
            yield return Step(state, Part.Of(plan[state.Step], state.Processes), data, plan.Count, options);
        }
    }

    internal static IReadOnlyList<int[]> Plan(IReadOnlyList<PreferencePair> data, Options options, long seed) => BatchPlan.Of([.. data.Select(Length)], options.BatchTokens, options.Tokens, options.Epochs, seed);

    private static int Length(PreferencePair pair) => pair.Chosen.Ids.Length + pair.Rejected.Ids.Length;

    private static StepReport Step(TrainingState state, Part part, IReadOnlyList<PreferencePair> data, int steps, Options options)
    {
        using var scope = NewDisposeScope();
        int[] samples = [.. part.Samples];
        Tensor Mean(Tensor values) => Part.Times(values.mean(), part.Share());
        TokenSequence[] rows = [.. samples.Select(sample => data[sample].Chosen), .. samples.Select(sample => data[sample].Rejected)];
        var batch = TokenBatch.Of(rows, state.Policy.Device, options.Packing);
        var logp = LogProbs.Of(state.Policy.Transformer, batch);
        var sums = TrajectoryScores.Of(logp, rows);
        var scores = options.Pairs.Weights is { } weights ? TrajectoryScores.Of(logp, rows, weights) : sums;
        (Tensor Chosen, Tensor Rejected) Sides(Tensor both) => (both.narrow(0, 0, samples.Length), both.narrow(0, samples.Length, samples.Length));
        var (chosen, rejected) = Sides(scores);
        var margins = options.Pairs.HasReference
            ? Margins(chosen, rejected, TrajectoryScores.Kept(state, ReferenceChosen, samples), TrajectoryScores.Kept(state, ReferenceRejected, samples), options.Beta)
            : (chosen - rejected) * options.Beta;
        var preference = Mean(options.Pairs.Costs(margins, options.Beta));
        var sft = Part.Times(Sft.Loss(logp.narrow(0, 0, batch.Trained.Take(samples.Length).Sum())), part.Share(sample => Masks.TrainedPositions(data[sample].Chosen).Count()));
        // A term without weight is left out, not multiplied by 0.
        var loss = options.PreferenceWeight == 0 ? sft * options.SftWeight
            : options.SftWeight == 0 ? preference * options.PreferenceWeight
            : preference * options.PreferenceWeight + sft * options.SftWeight;
        return state.Take(loss, part.Batch.Sum(sample => (long)Length(data[sample])), steps, Schedule.Cosine(state.Step + 1, steps, options.LearningRate),
        [
            ("preferenceLoss", preference), ("sftLoss", sft), ("margin", Mean(margins)), ("pairAccuracy", Mean(margins.gt(0).to(ScalarType.Float32))),
            ("chosenLogProb", Mean(Sides(sums).Chosen)), ("rejectedLogProb", Mean(Sides(sums).Rejected)),
        ]);
    }

    /// <exception cref="InvalidDataException">The state's reference is not of as many samples.</exception>
    internal static void CheckReference(TrainingState state, int samples, Options options)
    {
        if (options.Pairs.HasReference)
            TrajectoryScores.CheckKept(state, samples, ReferenceChosen, ReferenceRejected);
    }

    /// <summary>Before the first step the state's model is the reference.</summary>
    private static void KeepReference(TrainingState state, IReadOnlyList<PreferencePair> data, Options options, CancellationToken ct)
    {
        CheckReference(state, data.Count, options);
        if (state.Kept.ContainsKey(ReferenceChosen))
            return;
        float[] Scores(Func<PreferencePair, TokenSequence> side) => TrajectoryScores.OfReference(state, [.. data.Select(side)], options.BatchTokens, options.Pairs.Weights, options.Packing, ct);
        (state.Kept[ReferenceChosen], state.Kept[ReferenceRejected]) = (Scores(pair => pair.Chosen), Scores(pair => pair.Rejected));
    }
}
