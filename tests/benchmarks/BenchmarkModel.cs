using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Learning;
using AgentOps.Models;

namespace AgentOps.Benchmarks;

/// <summary>The measured model: the Qwen3 shape with five million random weights and a tokenizer of the household's words. No token ends an answer, so that lengths are as asked.</summary>
internal static class BenchmarkModel
{
    private const int Vocabulary = 1024;
    private const int TextTasks = 300;

    public static Policy Create() => Create(Config);

    /// <summary>The same with other sizes.</summary>
    public static Policy Create(ModelConfig config)
    {
        var policy = new Policy(config, BpeTokenizer.Train(Text(), Vocabulary, ChatTokens.All));
        Initialisation.Apply(policy.Transformer, seed: 5);
        return policy;
    }

    public static string Describe(Policy policy)
    {
        var c = policy.Transformer.Config;
        return $"{policy.Parameters.Sum(named => named.parameter.numel()):N0} parameters: {c.Layers} layers, width {c.HiddenSize}, {c.Heads} query and {c.KeyValueHeads} key/value heads of {c.HeadDim}, "
            + $"inner width {c.IntermediateSize}, vocabulary {c.VocabularySize}, untied.";
    }

    /// <summary>Random token ids, none of them special.</summary>
    public static int[] Ids(Rng rng, int count) =>
        [.. Enumerable.Range(0, count).Select(_ => ChatTokens.All.Count + rng.Below(Vocabulary - ChatTokens.All.Count))];

    public static ModelConfig Config => new ModelConfig
    {
        Family = ModelFamily.Qwen3, HiddenSize = 256, IntermediateSize = 704, Layers = 6, Heads = 4, KeyValueHeads = 2, HeadDim = 64,
        VocabularySize = Vocabulary, MaxPositions = 2048,
    }.Checked();

    private static IEnumerable<string> Text()
    {
        var environment = Catalogue.Find("household");
        var world = environment.Create();
        return Enumerable.Range(0, TextTasks).Select(index => world.Reset(new TaskId(environment.Name, Split.Train, index)).Text);
    }
}
