namespace AgentOps.Learning;

/// <summary>How much better each episode, or each of its turns, went than those it is compared with. Where all went alike, or nothing is there to compare with, it is 0.</summary>
public static class Advantages
{
    // What differs by less does not differ: sums of weighted parts may, in their last digits, and values are float32.
    private const double Rounding = 1e-9;
    private const double ValueRounding = 1e-6;

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
        var turns = group.SelectMany((rollout, episode) => Returns(rollout.ByTurn(), discount).Select((after, turn) => (State: rollout.States[turn], Episode: episode, Turn: turn, Return: after)));
        foreach (var same in turns.GroupBy(turn => turn.State, StringComparer.Ordinal).Select(same => same.ToList()))
            foreach (var (turn, advantage) in same.Zip(GroupRelative([.. same.Select(turn => turn.Return)], scale)))
                advantages[turn.Episode][turn.Turn] = advantage;
        return advantages;
    }

    /// <summary>Generalised advantage estimation: A_t = Σ_l (γλ)^l δ_(t+l) with δ_t = r_t + γ V_(t+1) - V_t (Schulman et al., arXiv:1506.02438, eq. 16), and nothing after an episode's last turn.</summary>
    /// <param name="rewards">Of one episode's turns.</param>
    /// <param name="values">What each turn's beginning is worth.</param>
    /// <param name="discount">γ.</param>
    /// <param name="lambda">λ: 1 believes what came, 0 what the values say of the turn after.</param>
    public static double[] Generalised(IReadOnlyList<double> rewards, IReadOnlyList<double> values, double discount, double lambda)
    {
        var advantages = new double[rewards.Count];
        var (advantage, after) = (0.0, 0.0);
        for (var turn = rewards.Count - 1; turn >= 0; turn--)
        {
            advantage = rewards[turn] + discount * after - values[turn] + discount * lambda * advantage;
            (advantages[turn], after) = (advantage, values[turn]);
        }
        return advantages;
    }

    /// <summary>Advantages less their mean, over their standard deviation, so that a learning rate means the same whatever the rewards are.</summary>
    /// <param name="advantages">Of an iteration, by episode and turn.</param>
    /// <param name="counts">How often each of them counts.</param>
    public static double[][] Whitened(IReadOnlyList<double[]> advantages, IReadOnlyList<int[]> counts)
    {
        double Mean(Func<double, double> of) => advantages.Zip(counts, (episode, times) => episode.Zip(times, (advantage, count) => of(advantage) * count).Sum()).Sum() / counts.Sum(times => (double)times.Sum());
        var mean = Mean(advantage => advantage);
        var deviation = Math.Sqrt(Mean(advantage => (advantage - mean) * (advantage - mean)));
        return [.. advantages.Select(episode => episode.Select(advantage => deviation > ValueRounding ? (advantage - mean) / deviation : 0).ToArray())];
    }

    /// <summary>Whether no turn of any episode came to more than another.</summary>
    /// <param name="discount">γ.</param>
    public static bool AllAlike(IReadOnlyList<Rollout> episodes, double discount) => episodes.Count > 0 && Tied([.. episodes.SelectMany(rollout => Returns(rollout.ByTurn(), discount))]);

    /// <summary>Each turn's advantage is its episode's.</summary>
    /// <param name="ofEpisodes">From the rewards of a group to the episodes' advantages.</param>
    /// <returns>By episode and turn.</returns>
    public static double[][] OfEpisodes(IReadOnlyList<Rollout> group, Func<IReadOnlyList<double>, double[]> ofEpisodes) =>
        [.. group.Zip(ofEpisodes([.. group.Select(rollout => rollout.Reward)]), (rollout, advantage) => Enumerable.Repeat(advantage, rollout.Trained.Length).ToArray())];

    /// <summary>What came after each turn began, discounted to it.</summary>
    private static IEnumerable<double> Returns(double[] rewards, double discount) =>
        rewards.Select((_, turn) => rewards.Skip(turn).Select((reward, later) => reward * Math.Pow(discount, later)).Sum());

    /// <summary>Nothing is there to tell apart, and rounding must not make a difference of it: an optimiser that scales its steps would take it for one.</summary>
    private static bool Tied(IReadOnlyList<double> rewards) => rewards.Max() - rewards.Min() <= Rounding;
}
