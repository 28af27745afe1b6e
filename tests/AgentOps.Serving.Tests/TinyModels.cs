using System.Text.Json.Nodes;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Models;

namespace AgentOps.Serving.Tests;

/// <summary>Random models small enough to load in milliseconds, stored as Hugging Face folders.</summary>
internal static class TinyModels
{
    public const int Context = 2048;

    public static readonly BpeTokenizer Tokenizer = BpeTokenizer.Train(
        ["go north", "take the apple from the table", "open the fridge, größer und ähnlich", "you see a cabinet 2 and a drawer 1"], 330, ChatTokens.All);

    private static ModelConfig Config => new()
    {
        Family = ModelFamily.Qwen3, HiddenSize = 32, IntermediateSize = 48, Layers = 2, Heads = 2, KeyValueHeads = 1, HeadDim = 16,
        VocabularySize = Tokenizer.VocabularySize, MaxPositions = Context, TieWordEmbeddings = true, EosTokenIds = [ChatTokens.End], PadTokenId = ChatTokens.Pad,
    };

    public static async Task<Digest> StoreAsync(ArtifactStore store, int seed, Action<string>? change = null)
    {
        var folder = Directory.CreateTempSubdirectory("agentops-tiny-");
        try
        {
            Of(seed).Save(folder.FullName);
            change?.Invoke(folder.FullName);
            return await store.PutFolderAsync(folder.FullName);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>A model that knows no end of a turn: its answers have as many tokens as are asked for.</summary>
    public static Task<Digest> StoreEndlessAsync(ArtifactStore store) => StoreAsync(store, seed: 1, folder =>
    {
        foreach (var name in new[] { "config.json", "generation_config.json" })
        {
            var path = Path.Combine(folder, name);
            var config = JsonNode.Parse(File.ReadAllText(path))!.AsObject();
            Assert.True(config.Remove("eos_token_id"));
            File.WriteAllText(path, config.ToJsonString());
        }
    });

    private static ModelFolder Of(int seed)
    {
        var random = new Random(seed);
        return new(
            Config,
            TensorNames.Of(Config).Select(t =>
            {
                var spread = t.Shape.Length == 2 ? 4 / Math.Sqrt(t.Shape[1]) : 0;
                var values = new float[t.Shape.Aggregate(1L, (a, b) => a * b)];
                foreach (ref var value in values.AsSpan())
                    value = (float)((t.Shape.Length == 2 ? 0 : 1) + (random.NextDouble() - 0.5) * spread);
                return new NamedTensor(t.Name, t.Shape, values);
            }),
            Tokenizer);
    }
}
