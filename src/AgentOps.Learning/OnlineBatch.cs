using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>The sampled tokens of some episodes, episode after episode.</summary>
/// <param name="LogProbs">[N]: the model's as it is now, in nats, with a graph.</param>
/// <param name="Old">[N]: when they were sampled.</param>
/// <param name="Advantages">[N]: each token's turn's.</param>
/// <param name="Rows">How many of the N belong to each episode.</param>
/// <param name="Values">Null for a method that has none.</param>
public sealed record OnlineBatch(Tensor LogProbs, Tensor Old, Tensor Advantages, IReadOnlyList<int> Rows, ValueBatch? Values = null)
{
    /// <param name="logp">[N].</param>
    /// <param name="values">[M], where the method has them.</param>
    public static OnlineBatch Of(IReadOnlyList<WeightedRollout> episodes, Tensor logp, Tensor? values, Device device)
    {
        float[] old = [.. episodes.SelectMany(episode => episode.Rollout.LogProbs)];
        float[] advantages = [.. episodes.SelectMany(episode => episode.Rollout.Trained.Zip(episode.Advantages, (span, advantage) => Enumerable.Repeat((float)advantage, span[1])).SelectMany(tokens => tokens))];
        return new(logp, Row(old), Row(advantages), [.. episodes.Select(episode => episode.Rollout.LogProbs.Length)],
            values is null ? null : new(values, Row([.. episodes.SelectMany(episode => episode.Values!.Before.Select(value => (float)value))]), Row([.. episodes.SelectMany(episode => episode.Values!.Returns.Select(value => (float)value))])));

        Tensor Row(float[] numbers) => tensor(numbers, [numbers.Length]).to(device);
    }

    /// <summary>The mean over the episodes of the mean over each one's tokens.</summary>
    /// <param name="values">[N].</param>
    public Tensor MeanOfRows(Tensor values) => (Masks.SumByRow(values, Rows) / tensor(Rows.Select(count => (float)count).ToArray(), [Rows.Count]).to(values.device)).mean();
}

/// <summary>The turns of some episodes, episode after episode.</summary>
/// <param name="Now">[M]: what the value head says now, with a graph.</param>
/// <param name="Before">[M]: what it said before the iteration's first step.</param>
/// <param name="Returns">[M]: what it should have said.</param>
public sealed record ValueBatch(Tensor Now, Tensor Before, Tensor Returns);
