using System.Diagnostics;
using AgentOps.Learning;
using AgentOps.Models;
using AgentOps.Torch.Kernels;
using TorchSharp;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace AgentOps.DecoderBenchmark.Bare;

/// <summary>Greedy decoding with libtorch: the batch as one tensor, a key/value cache, no gradients, nothing copied to the host before the end.</summary>
internal sealed class TorchDecoder : IDecoder, IDisposable
{
    private readonly DisposeScope _scope = NewDisposeScope();
    private readonly TorchVariant _variant;
    private readonly ModelConfig _config;
    private readonly TorchWeights _weights;
    private readonly Tensor _one;
    private readonly RotaryTable[] _positions;

    /// <param name="positions">The longest sequence that will be asked for.</param>
    public TorchDecoder(Policy policy, TorchVariant variant, int positions)
    {
        using var frozen = no_grad();
        (_variant, _config) = (variant, policy.Transformer.Config);
        _weights = new TorchWeights(policy, variant);
        _one = ones(_config.HeadDim);
        _positions = [.. Enumerable.Range(0, positions).Select(p => RotaryTable.Of(tensor(new long[] { p }), _config.HeadDim, _config.RopeTheta))];
    }

    public Measurement Run(int[][] prompts, int count)
    {
        using var frozen = no_grad();
        using var scope = NewDisposeScope();
        var length = prompts[0].Length;
        var caches = Caches(prompts.Length, length + count);
        var ids = new List<Tensor>();
        var start = Stopwatch.GetTimestamp();
        using var whole = RotaryTable.Of(arange(length), _config.HeadDim, _config.RopeTheta);
        ids.Add(Next(tensor(prompts.SelectMany(p => p.Select(id => (long)id)).ToArray(), [prompts.Length, length]), whole, caches));
        var between = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
            ids.Add(Next(ids[^1], _positions[length + i], caches));
        var tokens = cat(ids, 1).data<long>().ToArray();
        var end = Stopwatch.GetTimestamp();
        return new(
            Stopwatch.GetElapsedTime(start, between).TotalSeconds, Stopwatch.GetElapsedTime(between, end).TotalSeconds,
            [.. tokens.Select(id => (int)id).Chunk(count + 1)]);
    }

    public void Dispose()
    {
        foreach (var table in _positions)
            table.Dispose();
        _scope.Dispose();
    }

    private TorchCache[] Caches(long batch, long positions) =>
        [.. _weights.Layers.Select(_ => TorchCache.Create(_variant.Preallocated, batch, _config.KeyValueHeads, positions, _config.HeadDim))];

    /// <param name="ids">int64 [B, T].</param>
    /// <returns>The likeliest next id of each sequence, int64 [B, 1].</returns>
    private Tensor Next(Tensor ids, RotaryTable positions, TorchCache[] caches)
    {
        using var scope = NewDisposeScope();
        var (batch, length) = (ids.size(0), ids.size(1));
        var x = F.embedding(ids, _weights.Embedding).view(batch * length, _config.HiddenSize);
        for (var i = 0; i < caches.Length; i++)
        {
            var layer = _weights.Layers[i];
            x.add_(Mix(layer, Norm(x, layer.InputGain), batch, length, positions, caches[i]));
            x.add_(Mlp(layer, Norm(x, layer.MlpGain)));
        }
        var last = x.view(batch, length, _config.HiddenSize).select(1, length - 1);
        return Product(Norm(last, _weights.FinalGain), _weights.Head).argmax(-1, keepdim: true).MoveToOuterDisposeScope();
    }

    // One norm and one rotation for queries and keys together: fewer calls, which is what a step of one token costs.
    private Tensor Mix(TorchLayer layer, Tensor x, long batch, long length, RotaryTable positions, TorchCache cache)
    {
        var (queries, keyValues) = (_config.Heads, _config.KeyValueHeads);
        var heads = Product(x, layer.Qkv).view(batch, length, queries + 2 * keyValues, _config.HeadDim);
        var normed = Norm(heads.narrow(2, 0, queries + keyValues), _one).mul(layer.HeadGains).transpose(1, 2);
        var turned = _variant.Kernels ? Fused.Rope(normed, positions) : Composite.Rope(normed, positions);
        var (keys, values) = cache.Append(turned.narrow(1, queries, keyValues), heads.narrow(2, queries + keyValues, keyValues).transpose(1, 2));
        return Product(Attend(turned.narrow(1, 0, queries), keys, values), layer.Output);
    }

    /// <returns>[B · T, query heads · head size].</returns>
    private Tensor Attend(Tensor q, Tensor keys, Tensor values)
    {
        var (batch, length) = (q.size(0), q.size(2));
        if (_variant.FusedAttention || length > 1)
            return Fused.CausalAttention(q, keys, values).transpose(1, 2).reshape(batch * length, _config.QueryWidth);
        var grouped = q.reshape(batch, _config.KeyValueHeads, _config.Heads / _config.KeyValueHeads, _config.HeadDim);
        var weights = grouped.matmul(keys.transpose(-2, -1)).mul_(1 / Math.Sqrt(_config.HeadDim)).softmax(-1);
        return weights.matmul(values).reshape(batch, _config.QueryWidth);
    }

    private Tensor Mlp(TorchLayer layer, Tensor x)
    {
        var parts = layer.GateUp is [var stacked] ? Product(x, stacked).chunk(2, -1) : [Product(x, layer.GateUp[0]), Product(x, layer.GateUp[1])];
        return Product(_variant.Kernels ? Fused.SwiGlu(parts[0], parts[1]) : Composite.SwiGlu(parts[0], parts[1]), layer.Down);
    }

    private Tensor Norm(Tensor x, Tensor gain) => _variant.Kernels ? Fused.RmsNorm(x, gain, _config.RmsNormEps) : Composite.RmsNorm(x, gain, _config.RmsNormEps);

    private Tensor Product(Tensor x, Tensor weight) => TorchWeights.Product(x, weight, _variant);
}
