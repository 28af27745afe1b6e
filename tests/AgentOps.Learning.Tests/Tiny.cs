using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;

namespace AgentOps.Learning.Tests;

/// <summary>Models and data small enough for exact reasoning.</summary>
internal static class Tiny
{
    public const int Vocabulary = 300;

    /// <summary>A tokenizer of the 4 special tokens, the 256 bytes and up to 40 merges.</summary>
    public static readonly BpeTokenizer Tokenizer = BpeTokenizer.Train(["go to the mug", "take the mug", "go to the box"], Vocabulary, ChatTokens.All);

    public static ModelConfig Config(ModelFamily family = ModelFamily.Qwen3, bool tied = false, int layers = 2) => new ModelConfig
    {
        Family = family, HiddenSize = 16, IntermediateSize = 32, Layers = layers, Heads = 4, KeyValueHeads = 2, HeadDim = 4,
        VocabularySize = Vocabulary, MaxPositions = 64, TieWordEmbeddings = tied, AttentionBias = false, EosTokenIds = [ChatTokens.End],
    }.Checked();

    public static Policy Policy(long seed = 1, ModelFamily family = ModelFamily.Qwen3, bool tied = false, int layers = 2)
    {
        var policy = new Policy(Config(family, tied, layers), Tokenizer);
        Initialisation.Apply(policy.Transformer, seed);
        return policy;
    }

    /// <summary>A reward model whose score is random too.</summary>
    public static Policy RewardModel(long seed = 1, ScoreMeaning meaning = ScoreMeaning.Preference, bool tied = false)
    {
        var model = new Policy(Config(tied: tied) with { Score = meaning }, Tokenizer);
        Initialisation.Apply(model.Transformer, seed);
        return model;
    }

    public static TrainingState State(long seed = 1) => new(Policy(seed));

    /// <summary>Sequences of 6 to 20 random tokens, each with two trained spans and an observation behind them.</summary>
    public static TokenSequence[] Sequences(int count, long seed = 1)
    {
        var rng = new Rng((ulong)seed);
        return [.. Enumerable.Range(0, count).Select(_ =>
        {
            var ids = Enumerable.Range(0, 6 + rng.Below(15)).Select(_ => rng.Below(Vocabulary)).ToArray();
            return Sequence(ids, [1, 1], [3, 2]);
        })];
    }

    public static TokenSequence Sequence(int[] ids, params int[][] trained) => new("tiny/train/0", 0, ids, trained);

    public static PreferencePair[] Pairs(int count, long seed = 1)
    {
        var sequences = Sequences(2 * count, seed);
        return [.. Enumerable.Range(0, count).Select(i => new PreferencePair(sequences[2 * i], sequences[2 * i + 1]))];
    }

    /// <summary>Sequences of which every other one is desirable.</summary>
    public static LabelledSequence[] Labelled(int count, long seed = 1) => [.. Sequences(count, seed).Select((sequence, i) => new LabelledSequence(sequence, i % 2 == 0))];

    /// <summary>Episodes of two turns, four of each task, that went differently.</summary>
    public static Rollout[] Rollouts(int count, long seed = 1) => [.. Sequences(count, seed).Select((sequence, i) => new Rollout(
        $"task {i / 4}", sequence.Ids, sequence.Trained, [.. Enumerable.Repeat(-5.5f, 3)], i % 3 == 0 ? 1 : 0.25 * (i % 4), [$"state {i % 2}", "state 2"]))];

    /// <summary>Samples as a data set holds them.</summary>
    public static string[] Lines<T>(params T[] samples) => [.. samples.Select(sample => JsonSerializer.Serialize(sample, EventRegistry.Json))];

    /// <summary>All weights in the order of their names.</summary>
    public static float[] Weights(Policy policy) => [.. policy.Parameters.SelectMany(named => Numbers.Of(named.parameter))];

    /// <summary>The gradient of a loss with respect to all weights, in the order of their names.</summary>
    public static float[] Gradient(Policy policy, Func<TorchSharp.torch.Tensor> loss)
    {
        policy.Transformer.zero_grad();
        loss().backward();
        var gradient = policy.Parameters.SelectMany(named => named.parameter.grad is { } grad ? Numbers.Of(grad) : new float[named.parameter.numel()]).ToArray();
        policy.Transformer.zero_grad();
        return gradient;
    }

    /// <summary>All went alike: one report says so, and nothing is learned.</summary>
    public static void TakesNoStep(IEnumerable<StepReport> reports)
    {
        var told = Assert.Single(reports);
        Assert.Equal(1, told.Metrics["tied"]);
        Assert.DoesNotContain("loss", told.Metrics.Keys);
    }

    public static void Close(IReadOnlyList<float> expected, IReadOnlyList<float> actual, double tolerance)
    {
        Assert.Equal(expected.Count, actual.Count);
        for (var i = 0; i < expected.Count; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"Number {i} is {actual[i]}, expected {expected[i]} within {tolerance}.");
    }
}
