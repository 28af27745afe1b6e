using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// What tells one online method from another. Where a team has played, an episode is one part for each role that learns, and parts of one task and role are compared with each other, since each role is told something else: agent-wise groups, as AT-GRPO has them, arXiv:2510.11062.
/// Departs from the paper: (1) groups are of whole parts and not of turns, and nobody samples a tree; (2) a role's part is paid at its last turn, with the episode's reward; <c>credit: split</c> tells apart only what <see cref="RewardParts"/> counts by turns;
/// (3) all roles learn with the same weights, or one role learns beside partners that stay as they are (MAPoRL, arXiv:2502.18439, trains several policies at once).
/// </summary>
/// <param name="Weigh">From an iteration's episodes, those of one group side by side, and what the value head says of their turns (null without one): the same episodes with what their turns are worth.</param>
/// <param name="LossOf">A number, and what to report besides.</param>
/// <param name="HasValues">A <see cref="ValueHead"/> is trained beside the model.</param>
public sealed record OnlineMethod(
    Func<IReadOnlyList<Rollout>, double[][]?, IReadOnlyList<WeightedRollout>> Weigh, Func<OnlineBatch, (Tensor Loss, (string Name, Tensor Value)[] Metrics)> LossOf, bool HasValues = false)
{
    /// <summary>A method that compares the episodes of each <see cref="Rollout.Group"/> with one another.</summary>
    /// <param name="advantagesOf">Of all episodes of one group, by episode and turn.</param>
    public static OnlineMethod Comparing(Func<IReadOnlyList<Rollout>, double[][]> advantagesOf, Func<OnlineBatch, (Tensor, (string, Tensor)[])> lossOf) => new(
        (episodes, _) => [.. episodes.GroupBy(rollout => rollout.Group).Select(group => group.ToList()).SelectMany(group => group.Zip(advantagesOf(group), (rollout, advantages) => new WeightedRollout(rollout, advantages)))],
        lossOf);
}

/// <summary>An episode with the advantage of each of its turns.</summary>
/// <param name="Values">Null for a method that has none.</param>
public sealed record WeightedRollout(Rollout Rollout, double[] Advantages, TurnValues? Values = null);

/// <summary>By turn.</summary>
/// <param name="Before">What the value head said before the iteration's first step.</param>
/// <param name="Returns">What it should have said.</param>
public sealed record TurnValues(double[] Before, double[] Returns);
