using AgentOps.Torch.Kernels;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>Natural logarithms of the untempered softmax at the trained tokens.</summary>
public static class LogProbs
{
    /// <returns>[N], in nats.</returns>
    public static Tensor Of(Transformer transformer, TokenBatch batch) => Of(Logits(transformer, batch), batch.Targets);

    /// <summary>The head's output at the places that predict a trained token, and nowhere else.</summary>
    /// <returns>[N, V].</returns>
    public static Tensor Logits(Transformer transformer, TokenBatch batch) => Logits(transformer, Hidden(transformer, batch), batch.Places);

    /// <summary>The transformer's output at all places.</summary>
    /// <returns>[B·T, hidden].</returns>
    public static Tensor Hidden(Transformer transformer, TokenBatch batch) => transformer.Hidden(batch.Ids, batch.Packing).flatten(0, 1);

    /// <param name="hidden">[B·T, hidden].</param>
    /// <param name="places">int64 [N]: which of them.</param>
    /// <returns>[N, V].</returns>
    public static Tensor Logits(Transformer transformer, Tensor hidden, Tensor places) => transformer.Head(hidden.index_select(0, places));

    /// <param name="logits">[N, V].</param>
    /// <param name="targets">int64 [N].</param>
    public static Tensor Of(Tensor logits, Tensor targets)
    {
        Shape.Is(logits, targets.shape[0], -1);
        return Fused.TokenLogProbs(logits, targets);
    }
}
