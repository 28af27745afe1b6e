using AgentOps.Contracts;
using AgentOps.Environments;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>
/// Low-rank adaptation: h = W₀x + (α/r)·B·A·x, with W₀ frozen and A and B trained. Hu et al. 2021, arXiv:2106.09685, eq. 3. B begins at 0, so a new adapter changes nothing.
/// Departs from the paper: (1) A begins uniform in ±1/√inputs, PEFT's default, where the paper draws it from a Gaussian; (2) without targets all seven linear maps of every block are adapted,
/// where the paper adapts query and value; (3) there is no dropout; (4) AdamW's weight decay applies to A and B.
/// </summary>
public static class Lora
{
    /// <summary>Gives the policy a new adapter and freezes everything else.</summary>
    /// <param name="baseModel">What the adapter is for, as its configuration will say.</param>
    /// <exception cref="ArgumentException">The policy has an adapter, or a target is no linear map of it.</exception>
    public static void Attach(Policy policy, LoraOptions options, string baseModel, long seed)
    {
        var targets = (options.Targets ?? LoraOptions.AllTargets).Order(StringComparer.Ordinal).ToArray();
        if (targets.Except(LoraOptions.AllTargets).FirstOrDefault() is { } unknown)
            throw new ArgumentException($"There is no linear map '{unknown}' to adapt: use {string.Join(", ", LoraOptions.AllTargets)}.", nameof(options));
        policy.Adapt(new(new(options.Rank, options.Alpha, targets, baseModel), adapter => Projections(policy)
            .Where(found => targets.Contains(found.Name.Split('.')[^1]))
            .Select(found => New(adapter, found.Name, found.Projection, options.Rank, seed, policy.Device))));
    }

    internal static IEnumerable<(string Name, Projection Projection)> Projections(Policy policy) =>
        policy.Transformer.named_modules().Where(found => found.module is Projection).Select(found => (found.name, (Projection)found.module));

    private static LoraBranch New(LoraAdapter adapter, string module, Projection beside, int rank, long seed, Device device)
    {
        var rng = new Rng(Seed.Of($"adapter/{seed}/{module}"));
        var bound = 1 / Math.Sqrt(beside.Inputs);
        var a = new float[rank * beside.Inputs];
        for (var i = 0; i < a.Length; i++)
            a[i] = (float)((2 * rng.Uniform() - 1) * bound);
        return new(adapter, module, Parameter([rank, beside.Inputs], a, device), Parameter([beside.Outputs, rank], new float[beside.Outputs * rank], device));
    }

    private static Parameter Parameter(long[] shape, float[] values, Device device)
    {
        using var scope = NewDisposeScope();
        return nn.Parameter(tensor(values, shape).to(device));
    }
}
