using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace AgentOps.Learning.Preferences;

/// <summary>
/// The hinge of SLiC (arXiv:2305.10425) on DPO's margin: max(0, 1 - β·h). Liu et al. 2023 (RSO), arXiv:2309.06657, the hinge-norm loss, whose γ is β here.
/// A pair whose margin has reached 1 pulls no more.
/// Departs from the paper: (1) pairs as they are, without its rejection sampling; (2) whole trajectories; (3) mean over the batch's pairs.
/// </summary>
public static class Hinge
{
    /// <param name="margins">[P]: β·h.</param>
    /// <returns>[P].</returns>
    public static Tensor Costs(Tensor margins) => F.relu(1 - margins);
}
