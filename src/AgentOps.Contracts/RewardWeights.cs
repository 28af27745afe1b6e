namespace AgentOps.Contracts;

/// <summary>What an online training's reward is made of: the weight of each part, of which all are recorded with a trajectory. What is null does not count.</summary>
/// <param name="Reward">The environment's, in [0, 1].</param>
/// <param name="Success">1 where the environment ended the episode with the full reward, else 0.</param>
/// <param name="InvalidAction">Each action that the environment did not understand.</param>
/// <param name="Turn">Each turn.</param>
/// <param name="Truncated">1 where the turn limit, or the end of the policy's context, cut the episode off, else 0.</param>
public sealed record RewardWeights(double? Reward = null, double? Success = null, double? InvalidAction = null, double? Turn = null, double? Truncated = null)
{
    /// <summary>The parts, under their names in a pipeline file.</summary>
    public static readonly IReadOnlyList<string> Parts = ["reward", "success", "invalidAction", "turn", "truncated"];
}
