using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>How undecided a model is about the next token: H = -Σ_v π(v) log π(v), the exact sum over the vocabulary at every place, of the untempered softmax. It costs as much as the logits do, three times over.</summary>
public static class Entropy
{
    /// <param name="logits">[N, V].</param>
    /// <returns>[N], in nats: between 0 and log V.</returns>
    public static Tensor OfTokens(Tensor logits)
    {
        Shape.Is(logits, -1, -1);
        var logp = logits.log_softmax(-1);
        return -(logp.exp() * logp).sum(-1);
    }
}
