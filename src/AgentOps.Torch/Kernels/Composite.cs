using TorchSharp;
using static TorchSharp.torch;

namespace AgentOps.Torch.Kernels;

/// <summary>The kernels of <see cref="Fused"/> written in plain operations: what they are tested against, and what runs on other devices and types.</summary>
public static class Composite
{
    /// <summary>x / sqrt(mean(x^2) + eps) * weight over the last dimension (arXiv:1910.07467, eq. 4).</summary>
    public static Tensor RmsNorm(Tensor x, Tensor weight, double eps)
    {
        using var scope = NewDisposeScope();
        var scale = x.square().mean([-1], true).add(eps).rsqrt();
        return x.mul(scale).mul(weight).MoveToOuterDisposeScope();
    }

    /// <summary>The first half h1 and the second h2 of each head become h1 cos - h2 sin and h2 cos + h1 sin (arXiv:2104.09864).</summary>
    public static Tensor Rope(Tensor x, RotaryTable table)
    {
        using var scope = NewDisposeScope();
        var parts = x.chunk(2, -1);
        var turns = table.Values.to(x.dtype).unsqueeze(1).chunk(2, -1);
        var (h1, h2, cos, sin) = (parts[0], parts[1], turns[0], turns[1]);
        return cat([h1 * cos - h2 * sin, h2 * cos + h1 * sin], -1).MoveToOuterDisposeScope();
    }

    /// <summary>softmax(q k^T / sqrt(D)) v where a query sees keys of its own segment that are not later than itself.</summary>
    public static Tensor CausalAttention(Tensor q, Tensor k, Tensor v, Tensor? segments = null)
    {
        using var scope = NewDisposeScope();
        var group = q.size(1) / k.size(1);
        var visible = Visible(q, k, segments);
        var scores = q.matmul(Repeated(k, group).transpose(-2, -1)).mul(1 / Math.Sqrt(q.size(-1)));
        var weights = scores.masked_fill(visible.logical_not(), double.NegativeInfinity).softmax(-1);

        // A row that sees nothing is all NaN after the softmax; it gives zero.
        weights = weights.masked_fill(visible.logical_not(), 0);
        return weights.matmul(Repeated(v, group)).MoveToOuterDisposeScope();
    }

    /// <summary>silu(gate) * up (arXiv:2002.05202).</summary>
    public static Tensor SwiGlu(Tensor gate, Tensor up)
    {
        using var scope = NewDisposeScope();
        return gate.silu().mul(up).MoveToOuterDisposeScope();
    }

    /// <summary>The natural log-probability of each row's target.</summary>
    public static Tensor TokenLogProbs(Tensor logits, Tensor targets)
    {
        using var scope = NewDisposeScope();
        return logits.log_softmax(-1).gather(-1, targets.unsqueeze(-1)).squeeze(-1).MoveToOuterDisposeScope();
    }

    /// <summary>x weight^T for a weight in four bits (arXiv:2305.14314, eq. 6).</summary>
    public static Tensor Nf4Linear(Tensor x, Nf4Weight weight)
    {
        using var scope = NewDisposeScope();
        Tensor Whole(Tensor number, long by) => (number - number % by).div(by).to(ScalarType.Int64);
        var codes = weight.Codes.to(ScalarType.Int64);
        var places = arange(weight.Outputs * weight.Inputs, device: x.device);
        var blocks = arange(weight.Steps.shape[0], device: x.device);
        var magnitudes = weight.Steps.to(ScalarType.Float32) * weight.Scales.index_select(0, Whole(blocks, Nf4.Group)) + weight.Offset;
        var levels = tensor(Nf4.Levels.ToArray(), [Nf4.Levels.Count]).to(x.device).index_select(0, stack([Whole(codes, 16), codes % 16], 1).flatten().narrow(0, 0, places.shape[0]));
        var values = (levels * magnitudes.index_select(0, Whole(places, Nf4.Block))).view(weight.Outputs, weight.Inputs);
        return nn.functional.linear(x, values.to(x.dtype)).MoveToOuterDisposeScope();
    }

    /// <summary>bool [B or 1, 1, Tq, Tk], true where a query sees a key; the queries are the last Tq positions.</summary>
    private static Tensor Visible(Tensor q, Tensor k, Tensor? segments)
    {
        var (queries, keys) = (q.size(2), k.size(2));
        var visible = ones([queries, keys], dtype: ScalarType.Bool, device: q.device).tril(keys - queries).unsqueeze(0);
        if (segments is not null)
        {
            var own = segments.narrow(1, keys - queries, queries).unsqueeze(2);
            var others = segments.unsqueeze(1);
            visible = visible & own.eq(others) & others.ge(0);
        }

        return visible.unsqueeze(1);
    }

    /// <summary>Each key or value head once for every query head that shares it.</summary>
    private static Tensor Repeated(Tensor heads, long group) =>
        group == 1 ? heads : heads.unsqueeze(2).expand(-1, -1, group, -1, -1).reshape(heads.size(0), heads.size(1) * group, heads.size(2), heads.size(3));
}
