using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// Keeps weights near those they started from: ½·Σ(w - w₀)² (L2-SP). Li et al. 2018, arXiv:1802.01483, eq. 2, without its second term, since no layer is new.
/// Departs from the paper: AdamW's weight decay stays beside it.
/// </summary>
public static class L2ToBase
{
    /// <summary>Over all weights of the policy.</summary>
    /// <returns>A number.</returns>
    public static Tensor Loss(Policy policy, Policy kept)
    {
        var squares = policy.Parameters.Zip(kept.Parameters, (now, start) => (now.parameter - start.parameter).square().sum());
        return stack(squares).sum() * 0.5;
    }
}
