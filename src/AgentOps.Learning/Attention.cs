using AgentOps.Models;
using AgentOps.Torch.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace AgentOps.Learning;

/// <summary>Causal self-attention in which groups of query heads share a key and a value head.</summary>
internal sealed class Attention : Module
{
    private readonly Projection q_proj;
    private readonly Projection k_proj;
    private readonly Projection v_proj;
    private readonly Projection o_proj;
    private readonly RmsNorm? q_norm;
    private readonly RmsNorm? k_norm;
    private readonly long _heads;
    private readonly long _kvHeads;
    private readonly long _headSize;

    public Attention(ModelConfig config, bool isQuantised) : base(nameof(Attention))
    {
        (_heads, _kvHeads, _headSize) = (config.Heads, config.KeyValueHeads, config.HeadDim);
        q_proj = new Projection(config.HiddenSize, _heads * _headSize, config.HasQueryKeyValueBias, isQuantised);
        k_proj = new Projection(config.HiddenSize, _kvHeads * _headSize, config.HasQueryKeyValueBias, isQuantised);
        v_proj = new Projection(config.HiddenSize, _kvHeads * _headSize, config.HasQueryKeyValueBias, isQuantised);
        o_proj = new Projection(_heads * _headSize, config.HiddenSize, config.HasOutputBias, isQuantised);
        q_norm = config.HasHeadNorms ? new RmsNorm(_headSize, config.RmsNormEps) : null;
        k_norm = config.HasHeadNorms ? new RmsNorm(_headSize, config.RmsNormEps) : null;
        RegisterComponents();
    }

    /// <param name="x">[B, T, hidden].</param>
    /// <param name="positions">For T positions.</param>
    /// <param name="segments">int64 [B, T]: a position sees only its own number; null: all before it.</param>
    public Tensor Mix(Tensor x, RotaryTable positions, Tensor? segments)
    {
        var (batch, length) = (x.shape[0], x.shape[1]);
        Tensor Heads(Projection projection, long heads) => projection.call(x).view(batch, length, heads, _headSize);
        Tensor Turned(Tensor heads, RmsNorm? norm) => Fused.Rope((norm is null ? heads : norm.call(heads)).transpose(1, 2), positions);
        var mixed = Fused.CausalAttention(Turned(Heads(q_proj, _heads), q_norm), Turned(Heads(k_proj, _kvHeads), k_norm), Heads(v_proj, _kvHeads).transpose(1, 2), segments);
        return o_proj.call(mixed.transpose(1, 2).reshape(batch, length, _heads * _headSize));
    }
}

/// <summary>down(silu(gate(x)) · up(x)): Shazeer 2020, arXiv:2002.05202.</summary>
internal sealed class SwiGluMlp : Module<Tensor, Tensor>
{
    private readonly Projection gate_proj;
    private readonly Projection up_proj;
    private readonly Projection down_proj;

    public SwiGluMlp(ModelConfig config, bool isQuantised) : base(nameof(SwiGluMlp))
    {
        gate_proj = new Projection(config.HiddenSize, config.IntermediateSize, hasBias: false, isQuantised);
        up_proj = new Projection(config.HiddenSize, config.IntermediateSize, hasBias: false, isQuantised);
        down_proj = new Projection(config.IntermediateSize, config.HiddenSize, hasBias: false, isQuantised);
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => down_proj.call(Fused.SwiGlu(gate_proj.call(x), up_proj.call(x)));
}

/// <summary>x / √(mean(x²) + ε) · gain over the last dimension.</summary>
internal sealed class RmsNorm : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly double _epsilon;

    public RmsNorm(long size, double epsilon) : base(nameof(RmsNorm))
    {
        weight = Parameter(ones(size));
        _epsilon = epsilon;
        RegisterComponents();
    }

    public override Tensor forward(Tensor x) => Fused.RmsNorm(x, weight, _epsilon);
}
