using AgentOps.Torch.Kernels;
using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace AgentOps.Learning;

/// <summary>A linear map inside a block, x·weightᵀ + bias, beside which an adapter may stand. Its weight is a parameter, or frozen in four bits.</summary>
internal sealed class Projection : Module<Tensor, Tensor>
{
    private readonly Parameter? weight;
    private readonly Parameter? bias;
    private Nf4Weight? _quantised;

    /// <param name="isQuantised">There is no parameter then, and the weight is missing until <see cref="Quantise"/>.</param>
    public Projection(long inputs, long outputs, bool hasBias, bool isQuantised) : base(nameof(Projection))
    {
        (Inputs, Outputs) = (inputs, outputs);
        weight = isQuantised ? null : Parameter(zeros(outputs, inputs));
        bias = hasBias ? Parameter(zeros(outputs)) : null;
        RegisterComponents();
    }

    public long Inputs { get; }

    public long Outputs { get; }

    /// <summary>What is added to the map; null: nothing.</summary>
    public LoraBranch? Branch { get; set; }

    /// <summary>The frozen weight in four bits; null where it is a parameter.</summary>
    public Nf4Weight? Quantised => _quantised;

    /// <param name="values">[out, in], row-major.</param>
    public void Quantise(float[] values, Device device) => _quantised = Nf4Weight.Of(values, Outputs, Inputs, device);

    public override Tensor forward(Tensor x)
    {
        if (_quantised is null && Branch is null)
            return F.linear(x, weight!, bias);
        // What only the sum needs is not kept until the end of the step.
        using var scope = NewDisposeScope();
        var y = _quantised is not { } four ? F.linear(x, weight!, bias) : bias is null ? Fused.Nf4Linear(x, four) : Fused.Nf4Linear(x, four) + bias;
        return (Branch is { Adapter.IsOff: false } branch ? y + branch.Of(x) : y).MoveToOuterDisposeScope();
    }

    protected override void Dispose(bool disposing)
    {
        _quantised?.Dispose();
        base.Dispose(disposing);
    }
}
