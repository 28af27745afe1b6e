using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// Supervised fine-tuning on trajectories (behavioural cloning): L = -Σ_t log π(a_t | e_{t-1}), the agent's own tokens alone; the first phase of ETO, arXiv:2403.02502.
/// Two terms may keep it near its base: <see cref="KlToBase"/> and <see cref="L2ToBase"/>; one may have it learn what the environment says: <see cref="ObservationLoss"/>.
/// Carries loss: the tokens of <see cref="TokenSequence.Trained"/>, which are the actions with their end marks. Observations are read, and without that term never trained on.
/// Where a data set gives its spans weights, the mean is weighted by them.
/// Departs from the paper: (1) mean over the batch's trained tokens, not a sum by trajectory; (2) whole episodes, in rows padded on the right or packed where asked (<see cref="TokenBatch"/>);
/// (3) defaults are those of the project's small models trained from scratch, not of a 7B one.
/// </summary>
public static class Sft
{
    /// <param name="Tokens">Training tokens in all; exactly one of this and <paramref name="Epochs"/>.</param>
    /// <param name="BatchTokens">Rows times longest row of an optimiser step at most.</param>
    /// <param name="KlWeight">Of <see cref="KlToBase"/>; 0 leaves it out.</param>
    /// <param name="L2Weight">Of <see cref="L2ToBase"/>; 0 leaves it out.</param>
    /// <param name="Shares">Of each environment in the training tokens, in all 1 (<see cref="Mixture"/>); null: as much as the data have.</param>
    /// <param name="ObservationWeight">Of <see cref="ObservationLoss"/>; 0 leaves it out.</param>
    /// <param name="Packing">A step's sequences in one row instead of side by side, <see cref="TokenBatch"/>.</param>
    public sealed record Options(long? Tokens = 900_000, int? Epochs = null, double LearningRate = 2e-3, int BatchTokens = 1536, double KlWeight = 0, double L2Weight = 0,
        IReadOnlyDictionary<string, double>? Shares = null, bool Packing = false, double ObservationWeight = 0)
    {
        /// <exception cref="ArgumentException">A setting is not SFT's, is contradictory or out of range.</exception>
        public static Options From(TrainOptions options)
        {
            Settings.Check("sft", options);
            var own = new Options();
            return new(
                Settings.Tokens(options, own.Tokens), options.Epochs,
                Settings.Positive(options.LearningRate, "learningRate") ?? own.LearningRate, Settings.BatchTokens(options) ?? own.BatchTokens,
                Settings.Weight(options.KlWeight, "klWeight") ?? own.KlWeight, Settings.Weight(options.L2Weight, "l2Weight") ?? own.L2Weight, options.Shares, options.Packing ?? false,
                Settings.Weight(options.ObservationWeight, "observationWeight") ?? own.ObservationWeight);
        }
    }

    /// <param name="logp">[N]: log-probabilities of the trained tokens, in nats.</param>
    /// <returns>A number: their negative mean.</returns>
    public static Tensor Loss(Tensor logp) => -logp.mean();

    /// <param name="weights">[N], above 0.</param>
    /// <returns>A number: the negative weighted mean.</returns>
    public static Tensor Loss(Tensor logp, Tensor weights)
    {
        Shape.Same(logp, weights);
        return -(logp * weights).sum() / weights.sum();
    }

    /// <summary>The same, by the sequences' own weights where they count.</summary>
    /// <param name="logp">[N]: of the sequences' trained tokens, one after the other.</param>
    internal static Tensor Loss(Tensor logp, TokenSequence[] sequences, bool isWeighted) => isWeighted ? Loss(logp, Masks.Weights(sequences).to(logp.device)) : Loss(logp);

    /// <summary>Goes on from <paramref name="state"/>'s step to the end of the plan; every report is a place to save the state.</summary>
    /// <exception cref="NonFiniteStepException">A loss or gradient is not a number or infinite; the weights are those of the step before.</exception>
    public static IEnumerable<StepReport> Train(TrainingState state, IReadOnlyList<TokenSequence> data, Options options, long seed, CancellationToken ct = default)
    {
        var plan = Plan(data, options, seed);
        while (state.Step < plan.Count)
        {
            ct.ThrowIfCancellationRequested();
            yield return Step(state, Part.Of(plan[state.Step], state.Processes), data, plan.Count, options);
        }
    }

    internal static IReadOnlyList<int[]> Plan(IReadOnlyList<TokenSequence> data, Options options, long seed)
    {
        int[] lengths = [.. data.Select(sequence => sequence.Ids.Length)];
        return options.Shares is { } shares
            ? BatchPlan.Mixed(lengths, Mixture.Of(data, shares), options.BatchTokens, options.Tokens!.Value, seed)
            : BatchPlan.Of(lengths, options.BatchTokens, options.Tokens, options.Epochs, seed);
    }

    private static StepReport Step(TrainingState state, Part part, IReadOnlyList<TokenSequence> data, int steps, Options options)
    {
        using var scope = NewDisposeScope();
        TokenSequence[] sequences = [.. part.Samples.Select(sample => data[sample])];
        var isWeighted = part.Batch.Any(sample => data[sample].Weights is not null);
        var batch = TokenBatch.Of(sequences, state.Policy.Device, options.Packing);
        var hidden = LogProbs.Hidden(state.Policy.Transformer, batch);
        var logits = LogProbs.Logits(state.Policy.Transformer, hidden, batch.Places);
        var sft = Part.Times(Loss(LogProbs.Of(logits, batch.Targets), sequences, isWeighted), part.Share(sample => Part.Trained(data[sample])));
        var (loss, metrics) = (sft, new List<(string, Tensor)>());
        void Add(string name, double weight, Func<Tensor> term)
        {
            // A term without weight is left out, not multiplied by 0.
            if (weight == 0)
                return;
            var value = term();
            metrics.Add((name, value));
            loss += value * weight;
        }
        Add("observationLoss", options.ObservationWeight, () => Part.Times(ObservationLoss.Of(state.Policy.Transformer, hidden, batch, sequences), part.Share(sample => Masks.ObservedPositions(data[sample]).Count())));
        Add("klToBase", options.KlWeight, () => Part.Times(KlToBase.Loss(logits, KlToBase.BaseLogits(state, batch)), part.Share(sample => Masks.TrainedPositions(data[sample]).Count())));
        Add("l2ToBase", options.L2Weight, () => Part.Times(L2ToBase.Loss(state.Policy, state.KeptBase), part.Share()));
        if (metrics.Count > 0)
            metrics.Add(("sftLoss", sft));
        return state.Take(loss, part.Batch.Sum(sample => (long)data[sample].Ids.Length), steps, Schedule.Cosine(state.Step + 1, steps, options.LearningRate), [.. metrics]);
    }
}
