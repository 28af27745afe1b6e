using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// What the environment says as a second target: L = -mean log π(o | all before it), so that a model learns how its world answers besides how to act in it. ECHO, arXiv:2609.20715, and the world-model term of PaW, arXiv:2606.02388.
/// Departs from the papers: (1) beside supervised learning too, where they have it beside rewards; (2) every token that is not the agent's counts the same, the marks of the chat template included, where PaW selects.
/// </summary>
public static class ObservationLoss
{
    /// <param name="logp">[N]: of the observations' tokens, in nats; N may be 0.</param>
    /// <returns>A number: their negative mean; 0 of none.</returns>
    public static Tensor Loss(Tensor logp) => -logp.sum() / Math.Max(1, logp.numel());

    /// <param name="hidden">[B·T, hidden] of the batch.</param>
    /// <param name="sequences">The batch's.</param>
    internal static Tensor Of(Transformer transformer, Tensor hidden, TokenBatch batch, IReadOnlyList<TokenSequence> sequences)
    {
        var (places, targets) = batch.Observed(sequences);
        return Loss(LogProbs.Of(LogProbs.Logits(transformer, hidden, places), targets));
    }
}
