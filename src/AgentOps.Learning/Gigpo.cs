using AgentOps.Contracts;

namespace AgentOps.Learning;

/// <summary>
/// Group-in-group policy optimisation: GRPO's loss, with A = A^E + ω A^S by turn: how the episode went among those of its task, and how it went on from this observation among the turns of the group that were at the same one. arXiv:2505.10978, eq. 9.
/// Departs from the paper: (1) an observation's text is the state, with no similarity; (2) the environment's reward comes with an episode's last turn, and invalid actions cost what <c>reward</c> says; (3) as in <see cref="Grpo"/>.
/// </summary>
public static class Gigpo
{
    private const double StateWeight = 1;
    private const double Discount = 0.95;

    /// <param name="stateWeight">ω; 0 is GRPO.</param>
    /// <param name="discount">γ.</param>
    public static double[][] AdvantagesOf(IReadOnlyList<Rollout> group, double stateWeight, double discount, bool scale) =>
        [.. Grpo.AdvantagesOf(group, scale).Zip(Advantages.ByState(group, discount, scale), (episode, states) => episode.Zip(states, (e, s) => e + stateWeight * s).ToArray())];

    /// <exception cref="ArgumentException">A setting is out of range.</exception>
    public static OnlineMethod Of(OnlineOptions options)
    {
        var own = Grpo.Options.From(options);
        var (weight, discount) = (Settings.Weight(options.StateWeight, "stateWeight") ?? StateWeight, Settings.Share(options.Discount, "discount") ?? Discount);
        return OnlineMethod.Comparing(group => AdvantagesOf(group, weight, discount, own.Scale), batch => Grpo.Loss(batch, own));
    }
}
