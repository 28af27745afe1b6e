namespace AgentOps.Contracts;

/// <summary>What an online training's reward is made of: the weight of each part. All but <paramref name="Model"/> are recorded with a trajectory. What is null does not count.</summary>
/// <param name="Reward">The environment's, in [0, 1].</param>
/// <param name="Success">1 where the environment ended the episode with the full reward, else 0.</param>
/// <param name="InvalidAction">Each action that the environment did not understand.</param>
/// <param name="Turn">Each turn.</param>
/// <param name="Truncated">1 where the turn limit, or the end of the policy's context, cut the episode off, else 0.</param>
/// <param name="Model">What the training's reward model says of the whole episode.</param>
public sealed record RewardWeights(double? Reward = null, double? Success = null, double? InvalidAction = null, double? Turn = null, double? Truncated = null, double? Model = null)
{
    /// <summary>The parts, under their names in a pipeline file.</summary>
    public static readonly IReadOnlyList<string> Parts = ["reward", "success", "invalidAction", "turn", "truncated", "model"];

    /// <returns>Which setting is wrong where a reward of these parts and a reward model do not go together, and why in a sentence; null where they do.</returns>
    public static (string Setting, string Why)? Contradiction(RewardWeights? weights, bool hasRewardModel) => (weights?.Model, hasRewardModel) switch
    {
        (not null, false) => ("reward", "'reward' has a part 'model', and no reward model is named: give 'rewardModel' the name of an earlier reward training, or remove the part."),
        (null or 0, true) => ("rewardModel", "'rewardModel' names a model that counts for nothing: give 'reward' a part 'model' with a weight, or remove it."),
        _ => null,
    };
}
