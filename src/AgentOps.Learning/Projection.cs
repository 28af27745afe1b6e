using TorchSharp.Modules;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;
using F = TorchSharp.torch.nn.functional;

namespace AgentOps.Learning;

/// <summary>A linear map inside a block, x·weightᵀ + bias, beside which an adapter may stand.</summary>
internal sealed class Projection : Module<Tensor, Tensor>
{
    private readonly Parameter weight;
    private readonly Parameter? bias;

    public Projection(long inputs, long outputs, bool hasBias) : base(nameof(Projection))
    {
        weight = Parameter(zeros(outputs, inputs));
        bias = hasBias ? Parameter(zeros(outputs)) : null;
        RegisterComponents();
    }

    /// <summary>[out, in].</summary>
    public Parameter Weight => weight;

    /// <summary>What is added to the map; null: nothing.</summary>
    public LoraBranch? Branch { get; set; }

    public override Tensor forward(Tensor x)
    {
        var y = F.linear(x, weight, bias);
        return Branch is { Adapter.IsOff: false } branch ? y + branch.Of(x) : y;
    }
}
