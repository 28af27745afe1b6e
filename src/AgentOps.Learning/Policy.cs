using AgentOps.Models;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>A model that can be trained: the transformer on its device, and the files around it that training leaves as they are.</summary>
public sealed class Policy : IDisposable
{
    private readonly IReadOnlyDictionary<string, byte[]>? _companions;

    /// <summary>A model whose weights are yet to be initialised.</summary>
    public Policy(ModelConfig config, BpeTokenizer tokenizer, Device? device = null, IReadOnlyDictionary<string, byte[]>? companions = null)
    {
        (Tokenizer, Device, _companions) = (tokenizer, device ?? CPU, companions);
        using var scope = NewDisposeScope();
        Transformer = new Transformer(config).to(Device);
        Parameters = [.. Transformer.named_parameters().OrderBy(named => named.name, StringComparer.Ordinal)];
    }

    public Transformer Transformer { get; }

    public BpeTokenizer Tokenizer { get; }

    public Device Device { get; }

    /// <summary>All weights with their names in Hugging Face's files, sorted by name.</summary>
    public IReadOnlyList<(string name, Parameter parameter)> Parameters { get; }

    /// <summary>Reads a Hugging Face folder.</summary>
    /// <exception cref="ModelFormatException">A file is absent or malformed, or the weights do not fit the configuration.</exception>
    public static Policy Load(string folder, Device? device = null)
    {
        var model = ModelFolder.Load(folder);
        var policy = new Policy(model.Config, model.Tokenizer, device, model.Companions);
        foreach (var (name, parameter) in policy.Parameters)
            Numbers.Set(parameter, model.Tensors[name].Values);
        return policy;
    }

    /// <summary>The model as it stands now, with a copy of its weights.</summary>
    public ModelFolder Snapshot() => new(Transformer.Config, Weights(), Tokenizer, _companions);

    /// <summary>Writes a Hugging Face folder, new or empty; the same weights give the same bytes.</summary>
    public void Save(string folder) => Snapshot().Save(folder);

    /// <summary>A copy of all weights.</summary>
    public IEnumerable<NamedTensor> Weights() => Parameters.Select(named => new NamedTensor(named.name, named.parameter.shape, Numbers.Of(named.parameter)));

    public void Dispose() => Transformer.Dispose();
}
