using AgentOps.Contracts;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace AgentOps.Learning;

/// <summary>
/// Direct preference optimisation on trajectories, in ETO's form: L = -E log σ(β(log π_w/π_ref - log π_l/π_ref)). arXiv:2305.18290, eq. 7; on trajectories: ETO, arXiv:2403.02502.
/// A trajectory's log-probability is the sum (not the mean) over its agent's tokens. The reference is the start model, frozen for the whole training;
/// its sums are computed once, before the first step, and kept in the training's state.
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
    public sealed record Options(
        double Beta = 0.1, double SftWeight = 1, double PreferenceWeight = 1, double LearningRate = 1e-5, long? Tokens = null, int? Epochs = 1, int BatchTokens = 8192)
    {
        /// <exception cref="ArgumentException">A setting is contradictory or out of range.</exception>
        public static Options From(TrainOptions options)
        {
            var own = new Options();
            var read = new Options(
                Settings.Positive(options.Beta, "beta") ?? own.Beta,
                Settings.Weight(options.SftWeight, "sftWeight") ?? own.SftWeight, Settings.Weight(options.PreferenceWeight, "preferenceWeight") ?? own.PreferenceWeight,
                Settings.Positive(options.LearningRate, "learningRate") ?? own.LearningRate,
                Settings.Tokens(options, null), options.Tokens is null ? options.Epochs ?? own.Epochs : null, Settings.BatchTokens(options) ?? own.BatchTokens);
            return read is { SftWeight: 0, PreferenceWeight: 0 }
                ? throw new ArgumentException("'sftWeight' and 'preferenceWeight' are both 0: there is nothing to learn.")
                : read;
        }
    }

    /// <summary>The mean over the pairs of -log σ(<see cref="Margins"/>).</summary>
    /// <param name="margins">[P].</param>
    public static Tensor Loss(Tensor margins) => -F.logsigmoid(margins).mean();

    /// <summary>β((π_w - π_l) - (ref_w - ref_l)), each a trajectory's log-probability in nats.</summary>
    /// <returns>[P].</returns>
    public static Tensor Margins(Tensor chosen, Tensor rejected, Tensor referenceChosen, Tensor referenceRejected, double beta)
    {
        Shape.Is(chosen, -1);
        Shape.Same(chosen, rejected, referenceChosen, referenceRejected);
        return ((chosen - rejected) - (referenceChosen - referenceRejected)) * beta;
    }

    /// <summary>Goes on from <paramref name="state"/>'s step to the end of the plan; every report is a place to save the state.</summary>
    /// <exception cref="NonFiniteStepException">A loss or gradient is not a number or infinite; the weights are those of the step before.</exception>
    public static IEnumerable<StepReport> Train(TrainingState state, IReadOnlyList<PreferencePair> data, Options options, long seed, CancellationToken ct = default)
    {
        var plan = BatchPlan.Of([.. data.Select(Length)], options.BatchTokens, options.Tokens, options.Epochs, seed);
        KeepReference(state, data, options.BatchTokens, ct);
        while (state.Step < plan.Count)
        {
            ct.ThrowIfCancellationRequested();
            yield return Step(state, plan[state.Step], data, plan.Count, options);
        }
    }

    private static int Length(PreferencePair pair) => pair.Chosen.Ids.Length + pair.Rejected.Ids.Length;

    private static StepReport Step(TrainingState state, int[] samples, IReadOnlyList<PreferencePair> data, int steps, Options options)
    {
        using var scope = NewDisposeScope();
        var batch = TokenBatch.Of([.. samples.Select(sample => data[sample].Chosen), .. samples.Select(sample => data[sample].Rejected)], state.Policy.Device);
        var logp = LogProbs.Of(state.Policy.Transformer, batch);
        var sums = Masks.SumByRow(logp, batch.Trained);
        var (chosen, rejected) = (sums.narrow(0, 0, samples.Length), sums.narrow(0, samples.Length, samples.Length));
        var margins = Margins(chosen, rejected, Kept(state, ReferenceChosen, samples), Kept(state, ReferenceRejected, samples), options.Beta);
        var preference = Loss(margins);
        var sft = Sft.Loss(logp.narrow(0, 0, batch.Trained.Take(samples.Length).Sum()));
        // A term without weight is left out, not multiplied by 0.
        var loss = options.PreferenceWeight == 0 ? sft * options.SftWeight
            : options.SftWeight == 0 ? preference * options.PreferenceWeight
            : preference * options.PreferenceWeight + sft * options.SftWeight;
        return state.Take(loss, batch.Tokens, steps, Schedule.Cosine(state.Step + 1, steps, options.LearningRate),
        [
            ("preferenceLoss", preference), ("sftLoss", sft), ("margin", margins.mean()), ("pairAccuracy", margins.gt(0).to(ScalarType.Float32).mean()),
            ("chosenLogProb", chosen.mean()), ("rejectedLogProb", rejected.mean()),
        ]);
    }

    /// <summary>Before the first step the state's model is the reference.</summary>
    private static void KeepReference(TrainingState state, IReadOnlyList<PreferencePair> data, int batchTokens, CancellationToken ct)
    {
        if (state.Kept.ContainsKey(ReferenceChosen))
            return;
        if (state.Step > 0)
            throw new InvalidOperationException($"The state of step {state.Step} has no reference log-probabilities: it does not come from a DPO training.");
        var chosen = LogProbsOf(state.Policy, [.. data.Select(pair => pair.Chosen)], batchTokens, ct);
        var rejected = LogProbsOf(state.Policy, [.. data.Select(pair => pair.Rejected)], batchTokens, ct);
        (state.Kept[ReferenceChosen], state.Kept[ReferenceRejected]) = (chosen, rejected);
    }

    private static float[] LogProbsOf(Policy policy, IReadOnlyList<TokenSequence> sequences, int batchTokens, CancellationToken ct)
    {
        var sums = new float[sequences.Count];
        // The order of one epoch serves as well as any: each result goes to its own sample.
        foreach (var samples in BatchPlan.Of([.. sequences.Select(sequence => sequence.Ids.Length)], batchTokens, null, epochs: 1, seed: 0))
        {
            ct.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            var batch = TokenBatch.Of([.. samples.Select(sample => sequences[sample])], policy.Device);
            var values = Masks.SumByRow(LogProbs.Of(policy.Transformer, batch), batch.Trained).cpu().data<float>().ToArray();
            for (var i = 0; i < samples.Length; i++)
                sums[samples[i]] = values[i];
        }
        return sums;
    }

    private static Tensor Kept(TrainingState state, string name, int[] samples)
    {
        var values = state.Kept[name];
        return tensor(samples.Select(sample => values[sample]).ToArray(), [samples.Length]).to(state.Policy.Device);
    }
}
