using AgentOps.Models;
using AgentOps.Models.Adapters;
using TorchSharp.Modules;
using static TorchSharp.torch;
using F = TorchSharp.torch.nn.functional;

namespace AgentOps.Learning;

/// <summary>The trained matrices beside a policy's frozen weights.</summary>
public sealed class LoraAdapter : IDisposable
{
    internal LoraAdapter(PeftConfig config, Func<LoraAdapter, IEnumerable<LoraBranch>> branches)
    {
        Config = config;
        Branches = [.. branches(this)];
        Parameters = [.. Branches.SelectMany(branch => new[] { (LoraPair.NameOfA(branch.Module), branch.A), (LoraPair.NameOfB(branch.Module), branch.B) })
            .OrderBy(named => named.Item1, StringComparer.Ordinal)];
    }

    public PeftConfig Config { get; }

    internal IReadOnlyList<LoraBranch> Branches { get; }

    /// <summary>All matrices under PEFT's names, sorted by name.</summary>
    public IReadOnlyList<(string name, Parameter parameter)> Parameters { get; }

    /// <summary>Whether the policy answers as its base.</summary>
    public bool IsOff { get; private set; }

    /// <summary>The policy answers as its base until this is disposed.</summary>
    public IDisposable Off() => new Pause(this);

    /// <summary>A copy of the adapter as it stands.</summary>
    public PeftAdapter Snapshot() => new(Config, Branches.Select(branch => new LoraPair(
        branch.Module, Copy(LoraPair.NameOfA(branch.Module), branch.A), Copy(LoraPair.NameOfB(branch.Module), branch.B))));

    public void Dispose()
    {
        foreach (var (_, parameter) in Parameters)
            parameter.Dispose();
    }

    private static NamedTensor Copy(string name, Parameter parameter) => new(name, parameter.shape, Numbers.Of(parameter));

    private sealed class Pause : IDisposable
    {
        private readonly LoraAdapter _adapter;
        private readonly bool _before;

        public Pause(LoraAdapter adapter) => (_adapter, _before, adapter.IsOff) = (adapter, adapter.IsOff, true);

        public void Dispose() => _adapter.IsOff = _before;
    }
}

/// <summary>The two matrices of one projection.</summary>
/// <param name="A">[rank, in].</param>
/// <param name="B">[out, rank].</param>
internal sealed record LoraBranch(LoraAdapter Adapter, string Module, Parameter A, Parameter B)
{
    /// <param name="x">[..., in].</param>
    /// <returns>[..., out].</returns>
    public Tensor Of(Tensor x) => F.linear(F.linear(x, A) * Adapter.Config.Scale, B);
}
