using AgentOps.Contracts;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace AgentOps.Learning.Preferences;

/// <summary>
/// DPO for pairs of which a share ε is the wrong way round: ((1-ε)·(-log σ(m)) - ε·(-log σ(-m))) / (1-2ε), m = β·h. Chowdhury et al. 2024, arXiv:2403.00409, section 3.
/// Its mean over pairs flipped with probability ε is DPO's loss on the pairs as they should be.
/// Departs from the paper: (1) whole trajectories; (2) mean over the batch's pairs.
/// </summary>
public static class RobustDpo
{
    private const double Smoothing = 0.1;

    internal static PreferenceLoss From(TrainOptions options)
    {
        var smoothing = Settings.Below(0.5, options.Smoothing, "smoothing") ?? Smoothing;
        return new((margins, _) => Costs(margins, smoothing));
    }

    /// <param name="margins">[P]: β·h.</param>
    /// <returns>[P].</returns>
    public static Tensor Costs(Tensor margins, double smoothing) =>
        (F.logsigmoid(margins) * (smoothing - 1) + F.logsigmoid(-margins) * smoothing) / (1 - 2 * smoothing);
}
