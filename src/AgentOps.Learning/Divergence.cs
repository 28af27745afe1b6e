using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>How far a model has gone from a reference, told by tokens that the model sampled: an unbiased estimate that is never negative, k3 of http://joschu.net/blog/kl-approx.html, as in GRPO, arXiv:2402.03300, eq. 4.</summary>
public static class Divergence
{
    /// <summary>π_ref/π - log(π_ref/π) - 1.</summary>
    /// <param name="logp">[N], in nats.</param>
    /// <param name="reference">[N].</param>
    /// <returns>[N], in nats.</returns>
    public static Tensor OfTokens(Tensor logp, Tensor reference)
    {
        Shape.Same(logp, reference);
        var difference = reference - logp;
        return difference.exp() - difference - 1;
    }
}
