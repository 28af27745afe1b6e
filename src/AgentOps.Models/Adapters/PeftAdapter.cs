using System.Numerics;

namespace AgentOps.Models.Adapters;

/// <summary>The two matrices beside one frozen weight: A [rank, in] and B [out, rank], under PEFT's names.</summary>
/// <param name="Module">The adapted module, such as <c>model.layers.0.self_attn.q_proj</c>.</param>
public sealed record LoraPair(string Module, NamedTensor A, NamedTensor B)
{
    internal const string Prefix = "base_model.model.";

    public string Weight => Module + ".weight";

    public static string NameOfA(string module) => $"{Prefix}{module}.lora_A.weight";

    public static string NameOfB(string module) => $"{Prefix}{module}.lora_B.weight";
}

/// <summary>A LoRA adapter in PEFT's layout: <c>adapter_config.json</c> and <c>adapter_model.safetensors</c>, the difference to a base model that is kept elsewhere.</summary>
public sealed class PeftAdapter
{
    /// <summary>Where a model into which an adapter is merged keeps it.</summary>
    public const string Folder = "adapter";

    public const string ConfigFile = "adapter_config.json";
    public const string TensorFile = "adapter_model.safetensors";

    public PeftAdapter(PeftConfig config, IEnumerable<LoraPair> pairs) =>
        (Config, Pairs) = (config, [.. pairs.OrderBy(pair => pair.Module, StringComparer.Ordinal)]);

    public PeftConfig Config { get; }

    /// <summary>By module.</summary>
    public IReadOnlyList<LoraPair> Pairs { get; }

    /// <param name="model">The base that the adapter is for.</param>
    /// <exception cref="ModelFormatException">A file is absent or malformed, the adapter is not plain LoRA, or it does not fit the base.</exception>
    public static PeftAdapter Load(string folder, ModelConfig model)
    {
        var config = PeftConfig.Load(Path.Combine(folder, ConfigFile));
        var path = Path.Combine(folder, TensorFile);
        var tensors = Safetensors.Read(path).ToDictionary(StringComparer.Ordinal);
        var pairs = new List<LoraPair>();
        foreach (var (weight, shape) in TensorNames.Of(model).Where(tensor => tensor.Shape.Length == 2 && tensor.Name != TensorNames.Embedding))
        {
            var module = weight[..^".weight".Length];
            if (!tensors.Remove(LoraPair.NameOfA(module), out var a) | !tensors.Remove(LoraPair.NameOfB(module), out var b))
            {
                if (a is not null || b is not null)
                    throw new ModelFormatException($"{path} has one of the two matrices of '{module}' and not the other.");
                continue;
            }
            Fits(a!, [config.Rank, shape[1]]);
            Fits(b!, [shape[0], config.Rank]);
            pairs.Add(new(module, a!, b!));
        }
        if (tensors.Keys.Order(StringComparer.Ordinal).FirstOrDefault() is { } left)
            throw new ModelFormatException($"{path} has a tensor '{left}', which belongs to no linear layer of the base: leaving it out would change what the model says.");
        if (config.Targets.Count == 0)
            config = config with { Targets = [.. pairs.Select(pair => pair.Module.Split('.')[^1]).Distinct().Order(StringComparer.Ordinal)] };
        return pairs.Count > 0 ? new(config, pairs) : throw new ModelFormatException($"{path} holds no adapter.");

        void Fits(NamedTensor tensor, long[] shape)
        {
            if (!tensor.Shape.AsSpan().SequenceEqual(shape))
                throw new ModelFormatException($"{path}: the tensor '{tensor.Name}' has the shape [{string.Join(", ", tensor.Shape)}], but rank and base give [{string.Join(", ", shape)}].");
        }
    }

    /// <summary>Writes the two files; the same adapter gives the same bytes.</summary>
    public void Save(string folder)
    {
        Directory.CreateDirectory(folder);
        File.WriteAllBytes(Path.Combine(folder, ConfigFile), Config.ToJson());
        Safetensors.Write(Path.Combine(folder, TensorFile), Pairs.SelectMany(pair => new[] { pair.A, pair.B }));
    }

    /// <summary>The base with scale·B·A added to its weights: an ordinary model that says what base and adapter say together.</summary>
    /// <exception cref="ModelFormatException">The base has no such weight, or one of another shape.</exception>
    public ModelFolder MergedInto(ModelFolder model)
    {
        var tensors = new Dictionary<string, NamedTensor>(model.Tensors, StringComparer.Ordinal);
        foreach (var pair in Pairs)
            tensors[pair.Weight] = tensors.TryGetValue(pair.Weight, out var weight) && weight.Shape[0] == pair.B.Shape[0] && weight.Shape[^1] == pair.A.Shape[1]
                ? new(pair.Weight, weight.Shape, Sum(weight.Values, pair, Config))
                : throw new ModelFormatException($"The adapter changes '{pair.Weight}', which the model does not have in that shape.");
        return new(model.Config, tensors.Values, model.Tokenizer, model.Companions);
    }

    private static float[] Sum(float[] weight, LoraPair pair, PeftConfig config)
    {
        var (rank, inputs, sum) = (config.Rank, (int)pair.A.Shape[1], weight.ToArray());
        for (var output = 0; output < pair.B.Shape[0]; output++)
            for (var r = 0; r < rank; r++)
                Add((float)(config.Scale * pair.B.Values[output * rank + r]), pair.A.Values.AsSpan(r * inputs, inputs), sum.AsSpan(output * inputs, inputs));
        return sum;
    }

    // Each element is one product and one sum, whatever the vectors' width: the same bytes on every machine.
    private static void Add(float times, ReadOnlySpan<float> row, Span<float> to)
    {
        var i = 0;
        for (; i <= to.Length - Vector<float>.Count; i += Vector<float>.Count)
            (new Vector<float>(to[i..]) + new Vector<float>(row[i..]) * times).CopyTo(to[i..]);
        for (; i < to.Length; i++)
            to[i] += row[i] * times;
    }
}
