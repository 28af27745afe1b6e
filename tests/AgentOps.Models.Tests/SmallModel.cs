namespace AgentOps.Models.Tests;

/// <summary>A model of a few hundred parameters, always the same.</summary>
internal static class SmallModel
{
    public static readonly string[] Texts =
    [
        "You are in the kitchen. You see a mug 1 and a fridge 1.",
        "take mug 1 from table 1",
        "You take the mug 1. The fridge 1 is closed.",
        "open fridge 1",
    ];

    public static BpeTokenizer Tokenizer() => BpeTokenizer.Train(Texts, 300, ChatTokens.All);

    public static ModelConfig Config(ModelFamily family = ModelFamily.Qwen3) => new()
    {
        Family = family,
        HiddenSize = 8,
        IntermediateSize = 12,
        Layers = 2,
        Heads = 2,
        KeyValueHeads = 1,
        HeadDim = 4,
        VocabularySize = 304,
        MaxPositions = 64,
        EosTokenIds = [ChatTokens.End],
        PadTokenId = ChatTokens.Pad,
    };

    public static ModelFolder Folder(ModelConfig? config = null)
    {
        config ??= Config();
        return new(config, Tensors(config), Tokenizer());
    }

    public static IEnumerable<NamedTensor> Tensors(ModelConfig config)
    {
        var random = new Random(7);
        foreach (var (name, shape) in TensorNames.Of(config))
            yield return new(name, shape, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f)]);
    }
}
