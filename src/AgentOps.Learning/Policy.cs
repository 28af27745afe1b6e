using AgentOps.Models;
using AgentOps.Models.Adapters;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AgentOps.Learning;

/// <summary>A model that can be trained: the transformer on its device, and the files around it that training leaves as they are.</summary>
public sealed class Policy : IDisposable
{
    private readonly IReadOnlyDictionary<string, byte[]>? _companions;

    /// <summary>A model whose weights are yet to be initialised.</summary>
    /// <param name="isQuantised">The linear maps of the blocks take four bits a weight and have no parameters.</param>
    public Policy(ModelConfig config, BpeTokenizer tokenizer, Device? device = null, IReadOnlyDictionary<string, byte[]>? companions = null, bool isQuantised = false)
    {
        (Tokenizer, Device, _companions) = (tokenizer, device ?? CPU, companions);
        using var scope = NewDisposeScope();
        Transformer = new Transformer(config, isQuantised).to(Device);
        Parameters = [.. Transformer.named_parameters().OrderBy(named => named.name, StringComparer.Ordinal)];
    }

    public Transformer Transformer { get; }

    public BpeTokenizer Tokenizer { get; }

    public Device Device { get; }

    /// <summary>All weights that are parameters, with their names in Hugging Face's files, sorted by name.</summary>
    public IReadOnlyList<(string name, Parameter parameter)> Parameters { get; }

    /// <summary>What is trained beside the weights; null: the weights themselves are.</summary>
    public LoraAdapter? Adapter { get; private set; }

    /// <summary>What an optimiser changes: the adapter's matrices, or all weights.</summary>
    public IReadOnlyList<(string name, Parameter parameter)> Trained => Adapter?.Parameters ?? Parameters;

    /// <summary>Reads a Hugging Face folder.</summary>
    /// <exception cref="ModelFormatException">A file is absent or malformed, or the weights do not fit the configuration.</exception>
    public static Policy Load(string folder, Device? device = null, bool isQuantised = false) => Of(ModelFolder.Load(folder).AskedAsHere(), device, isQuantised);

    internal static Policy Of(ModelFolder model, Device? device, bool isQuantised = false)
    {
        var policy = new Policy(model.Config, model.Tokenizer, device, model.Companions, isQuantised);
        if (isQuantised)
            foreach (var (name, projection) in Lora.Projections(policy))
                projection.Quantise(model.Tensors[WeightOf(name)].Values, policy.Device);
        foreach (var (name, parameter) in policy.Parameters)
            Numbers.Set(parameter, model.Tensors[name].Values);
        return policy;
    }

    /// <summary>The model as it stands now, with a copy of its weights, into which the adapter is merged.</summary>
    public ModelFolder Snapshot()
    {
        var model = new ModelFolder(Transformer.Config, Copies(Parameters).Concat(Dequantised()), Tokenizer, _companions);
        return Adapter is null ? model : Adapter.Snapshot().MergedInto(model);
    }

    /// <summary>Writes a Hugging Face folder, new or empty, and the adapter into a folder of its own inside; the same weights give the same bytes.</summary>
    public void Save(string folder)
    {
        Snapshot().Save(folder);
        Adapter?.Snapshot().Save(Path.Combine(folder, PeftAdapter.Folder));
    }

    public void Dispose()
    {
        Adapter?.Dispose();
        Transformer.Dispose();
    }

    /// <summary>Freezes all weights and puts the adapter beside them; from here on it belongs to this policy.</summary>
    /// <exception cref="ArgumentException">There is an adapter already.</exception>
    internal void Adapt(LoraAdapter adapter)
    {
        if (Adapter is not null)
            throw new ArgumentException("The policy has an adapter already.", nameof(adapter));
        Adapter = adapter;
        foreach (var (_, parameter) in Parameters)
            parameter.requires_grad = false;
        var branches = adapter.Branches.ToDictionary(branch => branch.Module);
        foreach (var (name, projection) in Lora.Projections(this))
            projection.Branch = branches.GetValueOrDefault(name);
    }

    private IEnumerable<NamedTensor> Dequantised() => Lora.Projections(this)
        .Where(found => found.Projection.Quantised is not null)
        .Select(found => new NamedTensor(WeightOf(found.Name), [found.Projection.Outputs, found.Projection.Inputs], found.Projection.Quantised!.Values()));

    private static string WeightOf(string module) => module + ".weight";

    private static IEnumerable<NamedTensor> Copies(IEnumerable<(string name, Parameter parameter)> parameters) =>
        parameters.Select(named => new NamedTensor(named.name, named.parameter.shape, Numbers.Of(named.parameter)));
}
