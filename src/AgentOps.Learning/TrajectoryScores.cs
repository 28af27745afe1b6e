using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>A number for each trajectory: the sum of its trained tokens' log-probabilities, each times its weight.</summary>
public static class TrajectoryScores
{
    /// <param name="logp">[N], row after row, in nats.</param>
    /// <param name="sequences">The B rows.</param>
    /// <param name="weights">Of a row's trained tokens; null: each 1.</param>
    /// <returns>[B].</returns>
    public static Tensor Of(Tensor logp, IReadOnlyList<TokenSequence> sequences, Func<TokenSequence, float[]>? weights = null)
    {
        if (weights is null)
            return Masks.SumByRow(logp, [.. sequences.Select(sequence => sequence.Trained.Sum(span => span[1]))]);
        var rows = sequences.Select(weights).ToArray();
        float[] all = [.. rows.SelectMany(row => row)];
        // What counts nothing is left out: 0 times what is infinite would be no number.
        long[] counting = [.. Enumerable.Range(0, all.Length).Where(token => all[token] != 0)];
        var scaled = logp.index_select(0, tensor(counting, [counting.Length]).to(logp.device)) * tensor(counting.Select(token => all[token]).ToArray(), [counting.Length]).to(logp.dtype).to(logp.device);
        return Masks.SumByRow(scaled, [.. rows.Select(row => row.Count(weight => weight != 0))]);
    }

    /// <summary>The scores of many trajectories by the frozen reference: the model as it stands, without its adapter where it has one. Several processes compute some each, and all have all.</summary>
    internal static float[] OfReference(TrainingState state, IReadOnlyList<TokenSequence> sequences, int batchTokens, Func<TokenSequence, float[]>? weights, bool packed, CancellationToken ct)
    {
        var policy = state.Policy;
        using var off = policy.Adapter?.Off();
        var scores = new float[sequences.Count];
        var (rank, size) = (state.Processes?.Rank ?? 0, state.Processes?.Size ?? 1);
        foreach (var samples in BatchPlan.Once([.. sequences.Select(sequence => sequence.Ids.Length)], batchTokens).Where((_, batch) => batch % size == rank))
        {
            ct.ThrowIfCancellationRequested();
            using var scope = NewDisposeScope();
            using var frozen = no_grad();
            TokenSequence[] rows = [.. samples.Select(sample => sequences[sample])];
            var values = Of(LogProbs.Of(policy.Transformer, TokenBatch.Of(rows, policy.Device, packed)), rows, weights).cpu().data<float>().ToArray();
            for (var i = 0; i < samples.Length; i++)
                scores[samples[i]] = values[i];
        }
        // Where another process has a score, this one has 0.
        return size == 1 ? scores : [.. state.Summed([.. scores.Select(score => (double)score)]).Select(score => (float)score)];
    }

    /// <summary>Refuses a state that does not keep a score of every sample. Before the first step it may keep none.</summary>
    /// <exception cref="InvalidDataException">It keeps fewer or more.</exception>
    internal static void CheckKept(TrainingState state, int samples, params string[] names)
    {
        if (state.Step == 0 && !names.Any(state.Kept.ContainsKey))
            return;
        foreach (var (name, kept) in names.Select(name => (name, state.Kept.GetValueOrDefault(name, []).Length)))
            if (kept != samples)
                throw new InvalidDataException($"The training state of step {state.Step} keeps {kept} numbers as '{name}', and the data set has {samples} samples: it is damaged, or of another training.");
    }

    /// <summary>Scores that a state keeps, those of some samples.</summary>
    /// <returns>[samples].</returns>
    internal static Tensor Kept(TrainingState state, string name, int[] samples)
    {
        var values = state.Kept[name];
        return tensor(samples.Select(sample => values[sample]).ToArray(), [samples.Length]).to(state.Policy.Device);
    }
}
