using AgentOps.Learning;
using AgentOps.Models;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace AgentOps.DecoderBenchmark.Bare;

/// <summary>A policy's weights as a variant multiplies by them.</summary>
internal sealed class TorchWeights
{
    public TorchWeights(Policy policy, TorchVariant variant)
    {
        var c = policy.Transformer.Config;
        var named = policy.Parameters.ToDictionary(p => p.name, p => (Tensor)p.parameter);
        Tensor Stack(params string[] names) => Laid(cat([.. names.Select(name => named[name])]), variant);
        Embedding = named[TensorNames.Embedding];
        FinalGain = named[TensorNames.FinalNorm];
        Head = Stack(TensorNames.Head);
        Layers = [.. Enumerable.Range(0, c.Layers).Select(i => new TorchLayer(
            named[TensorNames.InputNorm(i)],
            Stack(TensorNames.AttentionWeight(i, 'q'), TensorNames.AttentionWeight(i, 'k'), TensorNames.AttentionWeight(i, 'v')),
            cat([named[TensorNames.HeadNorm(i, 'q')].expand(c.Heads, -1), named[TensorNames.HeadNorm(i, 'k')].expand(c.KeyValueHeads, -1)]),
            Stack(TensorNames.AttentionWeight(i, 'o')),
            named[TensorNames.PostAttentionNorm(i)],
            variant.StackedGates ? [Stack(TensorNames.Gate(i), TensorNames.Up(i))] : [Stack(TensorNames.Gate(i)), Stack(TensorNames.Up(i))],
            Stack(TensorNames.Down(i))))];
    }

    public Tensor Embedding { get; }

    public IReadOnlyList<TorchLayer> Layers { get; }

    public Tensor FinalGain { get; }

    public Tensor Head { get; }

    /// <summary>x [rows, inputs] times a weight of this variant.</summary>
    public static Tensor Product(Tensor x, Tensor weight, TorchVariant variant) => variant.Transposed ? x.mm(weight) : F.linear(x, weight);

    private static Tensor Laid(Tensor weight, TorchVariant variant) => variant.Transposed ? weight.t().contiguous() : weight;
}

/// <param name="HeadGains">[query heads + key heads, head size].</param>
/// <param name="GateUp">One stacked matrix or two.</param>
internal sealed record TorchLayer(Tensor InputGain, Tensor Qkv, Tensor HeadGains, Tensor Output, Tensor MlpGain, IReadOnlyList<Tensor> GateUp, Tensor Down);
