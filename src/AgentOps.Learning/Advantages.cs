namespace AgentOps.Learning;

/// <summary>How much better each episode, or each of its turns, went than those it is compared with. Where all went alike, or nothing is there to compare with, it is 0.</summary>
public static class Advantages
{
    /// <summary>REINFORCE leave-one-out: the reward less the mean of the others' (Ahmadian et al., arXiv:2402.14740, section 2.2).</summary>
    /// <param name="rewards">Of one group.</param>
    public static double[] LeaveOneOut(IReadOnlyList<double> rewards)
    {
        var sum = rewards.Sum();
        return [.. rewards.Select(reward => Tied(rewards) ? 0 : reward - (sum - reward) / (rewards.Count - 1))];
    }

    /// <summary>GRPO: the reward less the group's mean, over its standard deviation (arXiv:2402.03300, section 4.1.2; the population's, of which the paper does not say more).</summary>
    /// <param name="scale">False: not over the deviation (Dr. GRPO, arXiv:2503.20783, section 3.1).</param>
    public static double[] GroupRelative(IReadOnlyList<double> rewards, bool scale)
    {
        var mean = rewards.Average();
        var deviation = scale ? Math.Sqrt(rewards.Average(reward => (reward - mean) * (reward - mean))) : 1;
        return [.. rewards.Select(reward => Tied(rewards) ? 0 : (reward - mean) / deviation)];
    }

    /// <summary>GiGPO's second part: turns of one group at the same observation are compared by the discounted reward that came after them (arXiv:2505.10978, eq. 6 to 8).</summary>
    /// <param name="group">All episodes of one task.</param>
    /// <param name="discount">γ: a reward n turns later is worth γ^n.</param>
    /// <returns>By episode and turn.</returns>
    public static double[][] ByState(IReadOnlyList<Rollout> group, double discount, bool scale)
    {
        var advantages = group.Select(rollout => new double[rollout.States.Count]).ToArray();
        var turns = group.SelectMany((rollout, episode) => rollout.States.Select((state, turn) => (State: state, Episode: episode, Turn: turn, Return: rollout.Reward * Math.Pow(discount, rollout.States.Count - 1 - turn))));
        foreach (var same in turns.GroupBy(turn => turn.State, StringComparer.Ordinal).Select(same => same.ToList()))
            foreach (var (turn, advantage) in same.Zip(GroupRelative([.. same.Select(turn => turn.Return)], scale)))
                advantages[turn.Episode][turn.Turn] = advantage;
        return advantages;
    }

    /// <summary>Each turn's advantage is its episode's.</summary>
    /// <param name="ofEpisodes">From the rewards of a group to the episodes' advantages.</param>
    /// <returns>By episode and turn.</returns>
    public static double[][] OfEpisodes(IReadOnlyList<Rollout> group, Func<IReadOnlyList<double>, double[]> ofEpisodes) =>
        [.. group.Zip(ofEpisodes([.. group.Select(rollout => rollout.Reward)]), (rollout, advantage) => Enumerable.Repeat(advantage, rollout.Trained.Length).ToArray())];

    /// <summary>Nothing is there to tell apart, and rounding must not make a difference of it: an optimiser that scales its steps would take it for one.</summary>
    private static bool Tied(IReadOnlyList<double> rewards) => rewards.All(reward => reward == rewards[0]);
}
