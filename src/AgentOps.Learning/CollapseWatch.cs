using System.Globalization;
using AgentOps.Contracts;

namespace AgentOps.Learning;

/// <summary>
/// Tells a training that falls apart from one that has a bad iteration: the "echo trap" of RAGEN, arXiv:2504.20073. Both figures are means over <see cref="StopRule.Window"/> iterations in a row.
/// Departs from the paper: it looks at the reward's fall and the entropy's, which are decided by a threshold, and not at the reward's variance, which vanishes as well where everything is solved.
/// </summary>
public static class CollapseWatch
{
    /// <summary>A rule's objection to the iteration that came last.</summary>
    /// <param name="rewards">The environment's mean reward of every iteration so far.</param>
    /// <param name="entropies">The mean entropy of what was sampled in each, in nats.</param>
    /// <returns>A sentence; null where nothing has collapsed.</returns>
    public static string? Objection(StopRule rule, IReadOnlyList<float> rewards, IReadOnlyList<float> entropies)
    {
        if (rewards.Count <= StopRule.Window)
            return null;
        var (reward, entropy) = (Means(rewards), Means(entropies));
        return rule.RewardBelow is { } share && reward[^1] < share * reward.Max() ? Said("the environment's mean reward", reward[^1], "rewardBelow", share, reward.Max(), "its best")
            : rule.EntropyBelow is { } left && entropy[^1] < left * entropy[0] ? Said("the mean entropy", entropy[^1], "entropyBelow", left, entropy[0], "where it began")
            : null;
    }

    /// <exception cref="ArgumentException">A share is out of range, or there is nothing to look at.</exception>
    public static void Check(StopRule? rule, int iterations)
    {
        Settings.Below(1, rule?.RewardBelow, "rewardBelow");
        Settings.Below(1, rule?.EntropyBelow, "entropyBelow");
        if (rule?.Objection(iterations) is { } objection)
            throw new ArgumentException($"A training is refused: {objection}");
    }

    private static double[] Means(IReadOnlyList<float> figures) => [.. Enumerable.Range(0, figures.Count - StopRule.Window + 1).Select(first => figures.Skip(first).Take(StopRule.Window).Average(figure => (double)figure))];

    private static string Said(string what, double now, string rule, double share, double compared, string with) =>
        string.Create(CultureInfo.InvariantCulture, $"{what} over the last {StopRule.Window} iterations is {now:0.####}, which is below {share} ({rule}) of {compared:0.####}, {with}");
}
