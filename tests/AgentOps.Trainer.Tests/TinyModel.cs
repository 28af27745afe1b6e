using AgentOps.Models;

namespace AgentOps.Trainer.Tests;

/// <summary>A random model of some kilobytes in Hugging Face's layout.</summary>
internal static class TinyModel
{
    public static readonly BpeTokenizer Tokenizer = BpeTokenizer.Train(["go to the mug", "take the mug"], 290, ChatTokens.All);

    /// <returns>The folder, which is new.</returns>
    public static string Save(string folder, int seed = 1)
    {
        var config = new ModelConfig
        {
            Family = ModelFamily.Qwen3, HiddenSize = 16, IntermediateSize = 32, Layers = 1, Heads = 2, KeyValueHeads = 1, HeadDim = 8,
            VocabularySize = Tokenizer.VocabularySize, MaxPositions = 128, EosTokenIds = [ChatTokens.End], PadTokenId = ChatTokens.Pad,
        };
        var random = new Random(seed);
        new ModelFolder(config, TensorNames.Of(config).Select(t => new NamedTensor(t.Name, t.Shape, Numbers(t.Shape))), Tokenizer).Save(folder);
        return folder;

        float[] Numbers(long[] shape) => [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => random.NextSingle() - 0.5f)];
    }
}
