using AgentOps.Models.Decoding;

namespace AgentOps.Models.Tests.Decoding;

/// <summary>A small model with random weights, and its tensors for the reference to read.</summary>
internal sealed record RandomModel(ModelConfig Config, IReadOnlyDictionary<string, float[]> Tensors)
{
    public DecoderModel Model => DecoderModel.Create(Config, name => Tensors[name]);

    /// <summary>Per-head norms, tied head, heads together wider than the hidden state.</summary>
    public static RandomModel Qwen3() => Of(new ModelConfig
    {
        Family = ModelFamily.Qwen3, HiddenSize = 48, IntermediateSize = 80, Layers = 3, Heads = 4, KeyValueHeads = 2, HeadDim = 16,
        VocabularySize = 20, MaxPositions = 4096, TieWordEmbeddings = true,
    });

    /// <summary>Biases on queries, keys and values, untied head.</summary>
    public static RandomModel Qwen2() => Of(new ModelConfig
    {
        Family = ModelFamily.Qwen2, HiddenSize = 64, IntermediateSize = 96, Layers = 2, Heads = 4, KeyValueHeads = 1, HeadDim = 16,
        VocabularySize = 20, MaxPositions = 4096, RopeTheta = 1_000_000,
    });

    /// <summary>No size a multiple of the vector width, a bias on the attention's output too.</summary>
    public static RandomModel Llama() => Of(new ModelConfig
    {
        Family = ModelFamily.Llama, HiddenSize = 30, IntermediateSize = 37, Layers = 2, Heads = 3, KeyValueHeads = 3, HeadDim = 10,
        VocabularySize = 19, MaxPositions = 4096, RmsNormEps = 1e-5, RopeTheta = 500_000, AttentionBias = true,
    });

    public static RandomModel Of(string family) => family switch { "qwen3" => Qwen3(), "qwen2" => Qwen2(), _ => Llama() };

    public static RandomModel Of(ModelConfig config, int seed = 1)
    {
        var random = new Random(seed);
        float Around(double centre, double spread) => (float)(centre + (random.NextDouble() - 0.5) * spread);
        return new(config, TensorNames.Of(config).ToDictionary(t => t.Name, t =>
        {
            var spread = t.Shape.Length == 2 ? 4 / Math.Sqrt(t.Shape[1]) : 1;
            var centre = t.Name.Contains("norm", StringComparison.Ordinal) ? 1 : 0;
            return Enumerable.Range(0, (int)t.Shape.Aggregate(1L, (a, b) => a * b)).Select(_ => Around(centre, spread)).ToArray();
        }));
    }
}
