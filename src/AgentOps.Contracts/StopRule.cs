namespace AgentOps.Contracts;

/// <summary>When an online training that collapses ends instead of going on; see <c>infra/decisions/0021</c>. What is null is not looked at.</summary>
/// <param name="RewardBelow">The environment's mean reward has fallen below this share of its best.</param>
/// <param name="EntropyBelow">The mean entropy of what is sampled has fallen below this share of where it began.</param>
public sealed record StopRule(double? RewardBelow = null, double? EntropyBelow = null)
{
    /// <summary>The rules, under their names in a pipeline file.</summary>
    public static readonly IReadOnlyList<string> Names = ["rewardBelow", "entropyBelow"];

    /// <summary>Means are taken over so many iterations in a row, since one alone is mostly luck.</summary>
    public const int Window = 3;

    /// <returns>Why a training of so many iterations cannot be stopped so, in a sentence; null where it can.</returns>
    public string? Objection(int iterations) =>
        this is { RewardBelow: null, EntropyBelow: null } ? $"'stop' has no rule: name some of {string.Join(", ", Names)}, or leave it out."
        : iterations <= Window ? $"'stop' compares means over {Window} iterations, and after {iterations} there is nothing to compare with: play more, or leave it out."
        : null;
}
