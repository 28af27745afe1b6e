using AgentOps.Models.Decoding;

namespace AgentOps.Models.Tests.Decoding;

/// <summary>A small model with random weights, and its tensors for the reference to read.</summary>
internal sealed record RandomModel(DecoderShape Shape, IReadOnlyDictionary<string, float[]> Tensors)
{
    public DecoderModel Model => DecoderModel.Create(Shape, name => Tensors[name]);

    /// <summary>Per-head norms, tied head, heads wider than hidden / heads.</summary>
    public static RandomModel Qwen3(int vocabulary = 20) => Of(new DecoderShape(
        Hidden: 48, Intermediate: 80, Layers: 3, Heads: 4, KvHeads: 2, HeadSize: 16, vocabulary, MaxPositions: 4096,
        1e-6f, DecoderShape.RotaryFrequencies(16, 10_000), QkNorm: true, QkvBias: false, OutputBias: false, TiedHead: true));

    /// <summary>Biases on queries, keys and values, untied head.</summary>
    public static RandomModel Qwen2() => Of(new DecoderShape(
        Hidden: 64, Intermediate: 96, Layers: 2, Heads: 4, KvHeads: 1, HeadSize: 16, Vocabulary: 20, MaxPositions: 4096,
        1e-6f, DecoderShape.RotaryFrequencies(16, 1_000_000), QkNorm: false, QkvBias: true, OutputBias: false, TiedHead: false));

    /// <summary>No size a multiple of the vector width, a bias on the attention's output too.</summary>
    public static RandomModel Llama() => Of(new DecoderShape(
        Hidden: 30, Intermediate: 37, Layers: 2, Heads: 3, KvHeads: 3, HeadSize: 10, Vocabulary: 19, MaxPositions: 4096,
        1e-5f, DecoderShape.RotaryFrequencies(10, 500_000), QkNorm: false, QkvBias: true, OutputBias: true, TiedHead: false));

    public static RandomModel Of(string family) => family switch { "qwen3" => Qwen3(), "qwen2" => Qwen2(), _ => Llama() };

    public static RandomModel Of(DecoderShape s, int seed = 1)
    {
        var random = new Random(seed);
        var tensors = new Dictionary<string, float[]>();
        void Matrix(string name, int outputs, int inputs) =>
            tensors[$"{name}.weight"] = [.. Enumerable.Range(0, outputs * inputs).Select(_ => (float)((random.NextDouble() - 0.5) * 4 / Math.Sqrt(inputs)))];
        void Near(string name, int size, double centre) =>
            tensors[name] = [.. Enumerable.Range(0, size).Select(_ => (float)(centre + random.NextDouble() - 0.5))];
        Matrix("model.embed_tokens", s.Vocabulary, s.Hidden);
        if (!s.TiedHead)
            Matrix("lm_head", s.Vocabulary, s.Hidden);
        Near("model.norm.weight", s.Hidden, 1);
        for (var i = 0; i < s.Layers; i++)
            Layer($"model.layers.{i}.", s, Matrix, Near);
        return new(s, tensors);
    }

    private static void Layer(string at, DecoderShape s, Action<string, int, int> matrix, Action<string, int, double> near)
    {
        foreach (var (name, outputs) in new[] { ("q_proj", s.Heads * s.HeadSize), ("k_proj", s.KvHeads * s.HeadSize), ("v_proj", s.KvHeads * s.HeadSize) })
        {
            matrix($"{at}self_attn.{name}", outputs, s.Hidden);
            if (s.QkvBias)
                near($"{at}self_attn.{name}.bias", outputs, 0);
        }
        matrix($"{at}self_attn.o_proj", s.Hidden, s.Heads * s.HeadSize);
        if (s.OutputBias)
            near($"{at}self_attn.o_proj.bias", s.Hidden, 0);
        near($"{at}self_attn.q_norm.weight", s.HeadSize, 1);
        near($"{at}self_attn.k_norm.weight", s.HeadSize, 1);
        near($"{at}input_layernorm.weight", s.Hidden, 1);
        near($"{at}post_attention_layernorm.weight", s.Hidden, 1);
        matrix($"{at}mlp.gate_proj", s.Intermediate, s.Hidden);
        matrix($"{at}mlp.up_proj", s.Intermediate, s.Hidden);
        matrix($"{at}mlp.down_proj", s.Hidden, s.Intermediate);
    }
}
