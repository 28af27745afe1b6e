using AgentOps.Contracts;

namespace AgentOps.Learning.Preferences;

/// <summary>
/// Direct multi-turn preference optimisation: -log σ[Σ_t βφ(t,T_w)·log π/ref(a_t^w) - Σ_t βφ(t,T_l)·log π/ref(a_t^l)], φ(t,T) = (γ^t - γ^T)/(1 - γ^T). Shi et al. 2024, arXiv:2406.14868.
/// Early turns count most, and each trajectory by its own length; γ → 0 leaves the first turn alone, γ → 1 gives (T-t)/T.
/// Departs from the paper: (1) its text prints φ without the factor γ^t, which contradicts its corollary 4.0.2 (γ → 0 is single-turn DPO) and the authors' code; this is the code's form;
/// (2) a turn is a run of the agent's tokens between observations, its end mark included; (3) mean over the batch's pairs; (4) dpo's SFT term stays unless 'sftWeight' is 0.
/// </summary>
public static class Dmpo
{
    /// <summary>In the midst of the paper's grid, 0.1 to 0.99.</summary>
    private const double Discount = 0.7;

    internal static PreferenceLoss From(TrainOptions options)
    {
        var discount = Settings.Share(options.Discount, "discount") ?? Discount;
        return PreferenceLoss.Sigmoid with { Weights = sequence => Weights(sequence, discount) };
    }

    /// <summary>φ(t,T).</summary>
    /// <param name="turn">t: 0 for the first.</param>
    /// <param name="turns">T, above <paramref name="turn"/>.</param>
    /// <param name="discount">γ, 0 to 1; at both ends the limit is meant.</param>
    public static double Weight(int turn, int turns, double discount) => discount switch
    {
        0 => turn == 0 ? 1 : 0,
        1 => (turns - turn) / (double)turns,
        _ => (Math.Pow(discount, turn) - Math.Pow(discount, turns)) / (1 - Math.Pow(discount, turns)),
    };

    /// <summary>φ of its turn for each of the trajectory's tokens.</summary>
    public static float[] Weights(TokenSequence sequence, double discount) =>
        [.. sequence.Trained.SelectMany((turn, t) => Enumerable.Repeat((float)Weight(t, sequence.Trained.Length, discount), turn[1]))];
}
