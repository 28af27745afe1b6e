using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>What tells one online method from another.</summary>
/// <param name="AdvantagesOf">Of all episodes of one task, by episode and turn.</param>
/// <param name="LossOf">A number, and what to report besides.</param>
public sealed record OnlineMethod(Func<IReadOnlyList<Rollout>, double[][]> AdvantagesOf, Func<OnlineBatch, (Tensor Loss, (string Name, Tensor Value)[] Metrics)> LossOf);

/// <summary>An episode with the advantage of each of its turns.</summary>
public sealed record WeightedRollout(Rollout Rollout, double[] Advantages);

/// <summary>The sampled tokens of some episodes, episode after episode.</summary>
/// <param name="LogProbs">[N]: the model's as it is now, in nats, with a graph.</param>
/// <param name="Old">[N]: when they were sampled.</param>
/// <param name="Advantages">[N]: each token's turn's.</param>
/// <param name="Rows">How many of the N belong to each episode.</param>
public sealed record OnlineBatch(Tensor LogProbs, Tensor Old, Tensor Advantages, IReadOnlyList<int> Rows)
{
    /// <param name="logp">[N].</param>
    public static OnlineBatch Of(IReadOnlyList<WeightedRollout> episodes, Tensor logp, Device device)
    {
        float[] old = [.. episodes.SelectMany(episode => episode.Rollout.LogProbs)];
        float[] advantages = [.. episodes.SelectMany(episode => episode.Rollout.Trained.Zip(episode.Advantages, (span, advantage) => Enumerable.Repeat((float)advantage, span[1])).SelectMany(tokens => tokens))];
        return new(logp, tensor(old, [old.Length]).to(device), tensor(advantages, [advantages.Length]).to(device), [.. episodes.Select(episode => episode.Rollout.LogProbs.Length)]);
    }

    /// <summary>The mean over the episodes of the mean over each one's tokens.</summary>
    /// <param name="values">[N].</param>
    public Tensor MeanOfRows(Tensor values) => (Masks.SumByRow(values, Rows) / tensor(Rows.Select(count => (float)count).ToArray(), [Rows.Count]).to(values.device)).mean();
}
