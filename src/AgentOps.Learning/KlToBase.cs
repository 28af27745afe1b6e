using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// Keeps a model near the one it started from: KL(π ‖ base) = Σ_v π(v)·(log π(v) - log base(v)), at every place that predicts a trained token. The penalty of RLHF (Ziegler et al. 2019, arXiv:1909.08593, section 2) on demonstrations.
/// Departs from the paper: (1) a term of the loss, where the paper takes it from the reward; (2) the exact sum over the vocabulary, where the paper samples; (3) mean over the batch's trained tokens.
/// </summary>
public static class KlToBase
{
    /// <param name="logits">[N, V].</param>
    /// <param name="baseLogits">[N, V], without a graph.</param>
    /// <returns>A number, in nats.</returns>
    public static Tensor Loss(Tensor logits, Tensor baseLogits)
    {
        Shape.Same(logits, baseLogits);
        var logp = logits.log_softmax(-1);
        return (logp.exp() * (logp - baseLogits.log_softmax(-1))).sum(-1).mean();
    }

    /// <summary>What the base says at the batch's trained tokens: the policy without its adapter, or the model that was kept beside it.</summary>
    /// <returns>[N, V].</returns>
    internal static Tensor BaseLogits(TrainingState state, TokenBatch batch)
    {
        using var frozen = no_grad();
        using var off = state.Policy.Adapter?.Off();
        return LogProbs.Logits((state.Policy.Adapter is null ? state.KeptBase : state.Policy).Transformer, batch);
    }
}
