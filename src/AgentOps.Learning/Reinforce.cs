using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// REINFORCE with the leave-one-out baseline: L = -E A log π(a), A = r_i less the mean of the other episodes of its task. Williams 1992; RLOO, arXiv:2402.14740, eq. 8.
/// Departs from the paper: (1) mean over the batch's sampled tokens, not over episodes; (2) the divergence from the start model is a term of the loss and not of the reward;
/// (3) an iteration may take several optimiser steps on parts of what was played, without correction for the steps in between;
/// (4) episodes of a group whose rewards are all equal are left out, and the mean is over the others' tokens, as in <see cref="Grpo"/>.
/// </summary>
public static class Reinforce
{
    /// <param name="logp">[N]: log-probabilities of the sampled tokens, in nats.</param>
    /// <param name="advantages">[N].</param>
    public static Tensor Loss(Tensor logp, Tensor advantages)
    {
        Shape.Same(logp, advantages);
        return -(logp * advantages).mean();
    }

    public static readonly OnlineMethod Method = OnlineMethod.Comparing(group => Advantages.OfEpisodes(group, Advantages.LeaveOneOut), batch => (Loss(batch.LogProbs, batch.Advantages), []));
}
