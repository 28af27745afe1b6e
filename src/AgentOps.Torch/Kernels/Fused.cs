using AgentOps.Torch.Interop;
using TorchSharp;
using static TorchSharp.torch;

namespace AgentOps.Torch.Kernels;

/// <summary>A transformer's costly steps, each one operation forward and one backward on CPU float32, else <see cref="Composite"/>.</summary>
public static unsafe class Fused
{
    /// <summary>x / sqrt(mean(x^2) + eps) * weight over the last dimension.</summary>
    /// <param name="x">[..., D].</param>
    /// <param name="weight">[D].</param>
    /// <param name="eps">Added to the mean square.</param>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double eps)
    {
        if (!Runs(x, weight))
        {
            return Composite.RmsNorm(x, weight, eps);
        }

        nint result;
        Native.Check(Native.kernel_rms_norm(x.Handle, weight.Handle, eps, &result));
        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        return new(result);
    }

    /// <summary>Rotates queries or keys by their positions, halves split as in Llama and Qwen (rotate_half).</summary>
    /// <param name="x">[B, H, T, D].</param>
    /// <param name="table">For T positions and width D.</param>
    public static Tensor Rope(Tensor x, RotaryTable table) =>
        Runs(x, table.Values) ? Calls.Two(&Native.kernel_rope, x, table.Values) : Composite.Rope(x, table);

    /// <summary>The same with a table of its own; layers that share positions share a table instead.</summary>
    /// <param name="x">[B, H, T, D].</param>
    /// <param name="positions">int64 [T] or [B, T].</param>
    /// <param name="theta">The base of the frequencies.</param>
    public static Tensor Rope(Tensor x, Tensor positions, double theta)
    {
        using var table = RotaryTable.Of(positions, x.size(-1), theta);
        return Rope(x, table);
    }

    /// <summary>softmax(q k^T / sqrt(D)) v, causal, with fewer key heads than query heads allowed; a query that sees no key gives zero.</summary>
    /// <param name="q">[B, H, Tq, D]; the queries are the last Tq of the Tk positions.</param>
    /// <param name="k">[B, Hkv, Tk, D], H a multiple of Hkv.</param>
    /// <param name="v">[B, Hkv, Tk, D].</param>
    /// <param name="segments">int64 [B, Tk] or null: positions see only their own number; negative is padding that nothing sees.</param>
    public static Tensor CausalAttention(Tensor q, Tensor k, Tensor v, Tensor? segments = null)
    {
        if (!Runs(q, k, v))
        {
            return Composite.CausalAttention(q, k, v, segments);
        }

        nint result;
        Native.Check(Native.kernel_causal_attention(q.Handle, k.Handle, v.Handle, segments?.Handle ?? 0, &result));
        GC.KeepAlive(q);
        GC.KeepAlive(k);
        GC.KeepAlive(v);
        GC.KeepAlive(segments);
        return new(result);
    }

    /// <summary>silu(gate) * up, both of one shape.</summary>
    public static Tensor SwiGlu(Tensor gate, Tensor up) =>
        Runs(gate, up) ? Calls.Two(&Native.kernel_swiglu, gate, up) : Composite.SwiGlu(gate, up);

    /// <summary>The natural log-probability of each row's target, float32 [N].</summary>
    /// <param name="logits">[N, V], not normalised.</param>
    /// <param name="targets">int64 [N], each in [0, V).</param>
    public static Tensor TokenLogProbs(Tensor logits, Tensor targets) =>
        Runs(logits) ? Calls.Two(&Native.kernel_token_log_probs, logits, targets) : Composite.TokenLogProbs(logits, targets);

    /// <summary>x weight^T, the weight unpacked for this product and once more for the gradient of x; it has no gradient itself.</summary>
    /// <param name="x">[..., in].</param>
    public static Tensor Nf4Linear(Tensor x, Nf4Weight weight)
    {
        if (!Runs(x))
        {
            return Composite.Nf4Linear(x, weight);
        }

        nint result;
        Native.Check(Native.kernel_nf4_linear(x.Handle, weight.Codes.Handle, weight.Steps.Handle, weight.Scales.Handle, weight.Offset, weight.Outputs, &result));
        GC.KeepAlive(x);
        GC.KeepAlive(weight);
        return new(result);
    }

    private static bool Runs(params ReadOnlySpan<Tensor> tensors)
    {
        foreach (var tensor in tensors)
        {
            if (tensor.dtype != ScalarType.Float32 || tensor.device_type != DeviceType.CPU)
            {
                return false;
            }
        }

        return true;
    }
}
