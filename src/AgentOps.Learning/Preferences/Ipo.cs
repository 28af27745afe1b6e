using static TorchSharp.torch;

namespace AgentOps.Learning.Preferences;

/// <summary>
/// Identity preference optimisation: (h - 1/(2τ))², h = (log π_w - log ref_w) - (log π_l - log ref_l). Azar et al. 2023, arXiv:2310.12036, eq. 17, with τ called β here.
/// The margin has a goal, 1/(2β), and going past it costs as much as falling short, so pairs that are never contradicted do not drive the model away for ever.
/// Departs from the paper: (1) whole trajectories, summed over the agent's tokens, where some implementations take the mean; (2) mean over the batch's pairs.
/// </summary>
public static class Ipo
{
    /// <param name="margins">[P]: β·h.</param>
    /// <returns>[P].</returns>
    public static Tensor Costs(Tensor margins, double beta) => ((margins - 0.5) / beta).square();
}
