using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// Kahneman-Tversky optimisation on unpaired trajectories: λ·(1 - σ(±β(r - z))), r = log π - log ref, z = KL(π ‖ ref), + for desirable ones and - for undesirable. Ethayarajh et al. 2024, arXiv:2402.01306, section 4.1.
/// The reference is the start model, frozen for the whole training; its log-probabilities are computed once, before the first step, and kept in the training's state.
/// z is estimated as in the paper, from what the model makes of an answer under another sample's prompt, without a gradient and at least 0.
/// Departs from the paper: (1) a trajectory's prompt is what stands before the agent's first token, and the rest, observations included, is its answer;
/// (2) the other sample is the one half the data set away, the same in every step, where the paper takes the next of the batch, so the same samples in another order of the data set may have another z;
/// an answer that does not fit behind that prompt is cut;
/// (3) mean over the batch.
/// </summary>
public static class Kto
{
    private const string Reference = "reference";
    private const string ReferenceMismatched = "reference.mismatched";

    /// <param name="Desirable">λ of desirable trajectories. The paper asks for λ times the number of samples to be about as large on one side as on the other.</param>
    /// <param name="Undesirable">λ of undesirable ones.</param>
    /// <param name="Tokens">Training tokens in all, mismatched ones not counted; exactly one of this and <paramref name="Epochs"/>.</param>
    /// <param name="Packing">A step's sequences in one row instead of side by side, <see cref="TokenBatch"/>.</param>
    public sealed record Options(
        double Beta = 0.1, double Desirable = 1, double Undesirable = 1, double LearningRate = 1e-5, long? Tokens = null, int? Epochs = 1, int BatchTokens = 8192, bool Packing = false)
    {
        /// <exception cref="ArgumentException">A setting is not KTO's, is contradictory or out of range.</exception>
        public static Options From(TrainOptions options)
        {
            Settings.Check("kto", options);
            var own = new Options();
            return new(
                Settings.Positive(options.Beta, "beta") ?? own.Beta,
                Settings.Positive(options.DesirableWeight, "desirableWeight") ?? own.Desirable, Settings.Positive(options.UndesirableWeight, "undesirableWeight") ?? own.Undesirable,
                Settings.Positive(options.LearningRate, "learningRate") ?? own.LearningRate,
                Settings.Tokens(options, null), options.Tokens is null ? options.Epochs ?? own.Epochs : null, Settings.BatchTokens(options) ?? own.BatchTokens, options.Packing ?? false);
        }
    }

    /// <param name="rewards">[B]: log π - log ref, in nats.</param>
    /// <param name="divergence">z, a number.</param>
    /// <param name="signs">[B]: 1 = desirable, -1 = undesirable.</param>
    /// <param name="weights">[B]: λ.</param>
    /// <returns>[B].</returns>
    public static Tensor Costs(Tensor rewards, Tensor divergence, Tensor signs, Tensor weights, double beta)
    {
        Shape.Is(rewards, -1);
        Shape.Same(rewards, signs, weights);
        Shape.Is(divergence);
        // 1 - σ(x) = σ(-x).
        return weights * sigmoid((rewards - divergence) * signs * -beta);
    }

    /// <summary>Goes on from <paramref name="state"/>'s step to the end of the plan; every report is a place to save the state.</summary>
    /// <exception cref="InvalidDataException">The state's reference is not that of the data set's samples.</exception>
    /// <exception cref="NonFiniteStepException">A loss or gradient is not a number or infinite; the weights are those of the step before.</exception>
    public static IEnumerable<StepReport> Train(TrainingState state, IReadOnlyList<LabelledSequence> data, Options options, long seed, CancellationToken ct = default)
    {
        var plan = Plan(data, options, seed);
        var context = state.Policy.Transformer.Config.MaxPositions;
        TokenSequence[] mismatched = [.. data.Select((sample, i) => Mismatched(sample.Sequence, data[(i + data.Count / 2) % data.Count].Sequence, context))];
        KeepReference(state, data, mismatched, options, ct);
        while (state.Step < plan.Count)
        {
            ct.ThrowIfCancellationRequested();
            yield return Step(state, Part.Of(plan[state.Step], state.Processes), data, mismatched, plan.Count, options);
        }
    }

    internal static IReadOnlyList<int[]> Plan(IReadOnlyList<LabelledSequence> data, Options options, long seed) =>
        BatchPlan.Of([.. data.Select(sample => sample.Sequence.Ids.Length)], options.BatchTokens, options.Tokens, options.Epochs, seed);

    /// <summary>One sample's prompt with the other's answer, cut to the context.</summary>
    public static TokenSequence Mismatched(TokenSequence prompt, TokenSequence answer, int context)
    {
        var (before, from) = (prompt.Trained[0][0], answer.Trained[0][0]);
        int[] ids = [.. prompt.Ids.AsSpan(0, before), .. answer.Ids.AsSpan(from, Math.Min(answer.Ids.Length - from, context - before))];
        var spans = answer.Trained.Select(span => new[] { span[0] - from + before, span[1] }).Where(span => span[0] < ids.Length);
        return prompt with { Ids = ids, Trained = [.. spans.Select(span => new[] { span[0], Math.Min(span[1], ids.Length - span[0]) })] };
    }

    private static StepReport Step(TrainingState state, Part part, IReadOnlyList<LabelledSequence> data, TokenSequence[] mismatched, int steps, Options options)
    {
        using var scope = NewDisposeScope();
        int[] samples = [.. part.Samples];
        Tensor Mean(Tensor values) => Part.Times(values.mean(), part.Share());
        var divergence = Divergence(state, part, mismatched, options.Packing);
        TokenSequence[] rows = [.. samples.Select(sample => data[sample].Sequence)];
        var batch = TokenBatch.Of(rows, state.Policy.Device, options.Packing);
        var sums = TrajectoryScores.Of(LogProbs.Of(state.Policy.Transformer, batch), rows);
        var rewards = sums - TrajectoryScores.Kept(state, Reference, samples);
        Tensor Row(double desirable, double undesirable) =>
            tensor(samples.Select(sample => (float)(data[sample].Desirable ? desirable : undesirable)).ToArray(), [samples.Length]).to(state.Policy.Device);
        var signs = Row(1, -1);
        var loss = Mean(Costs(rewards, divergence, signs, Row(options.Desirable, options.Undesirable), options.Beta));
        return state.Take(loss, part.Batch.Sum(sample => (long)data[sample].Sequence.Ids.Length), steps, Schedule.Cosine(state.Step + 1, steps, options.LearningRate),
            [("divergence", Mean(divergence)), ("margin", Mean((rewards - divergence) * signs * options.Beta)), ("logProb", Mean(sums))]);
    }

    /// <returns>Of the whole batch, in every process.</returns>
    private static Tensor Divergence(TrainingState state, Part part, TokenSequence[] mismatched, bool packed)
    {
        using var frozen = no_grad();
        int[] samples = [.. part.Samples];
        TokenSequence[] rows = [.. samples.Select(sample => mismatched[sample])];
        var sums = TrajectoryScores.Of(LogProbs.Of(state.Policy.Transformer, TokenBatch.Of(rows, state.Policy.Device, packed)), rows);
        var mean = Part.Times((sums - TrajectoryScores.Kept(state, ReferenceMismatched, samples)).mean(), part.Share());
        state.Processes?.Sum(mean);
        return mean.clamp(min: 0);
    }

    /// <exception cref="InvalidDataException">The state's reference is not of as many samples.</exception>
    internal static void CheckReference(TrainingState state, int samples) => TrajectoryScores.CheckKept(state, samples, Reference, ReferenceMismatched);

    /// <summary>Before the first step the state's model is the reference.</summary>
    private static void KeepReference(TrainingState state, IReadOnlyList<LabelledSequence> data, TokenSequence[] mismatched, Options options, CancellationToken ct)
    {
        CheckReference(state, data.Count);
        if (state.Kept.ContainsKey(Reference))
            return;
        float[] Scores(IReadOnlyList<TokenSequence> sequences) => TrajectoryScores.OfReference(state, sequences, options.BatchTokens, null, options.Packing, ct);
        (state.Kept[Reference], state.Kept[ReferenceMismatched]) = (Scores([.. data.Select(sample => sample.Sequence)]), Scores(mismatched));
    }
}
