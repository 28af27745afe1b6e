using AgentOps.Contracts;
using AgentOps.Models;
using AgentOps.Torch;
using AgentOps.Torch.Kernels;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

[Collection(nameof(Memory))]
public sealed class A_base_in_four_bits
{
    [Theory]
    [InlineData(ModelFamily.Qwen3)]
    [InlineData(ModelFamily.Qwen2)]
    [InlineData(ModelFamily.Llama)]
    public void It_says_what_its_dequantised_weights_say(ModelFamily family)
    {
        using var folders = new Folders();
        var folder = Saved(folders, family);
        var model = ModelFolder.Load(folder);
        using var quantised = Qlora.Load(folder, new(2, 4), "base", seed: 1);
        using var plain = Policy.Load(folder);
        foreach (var (name, parameter) in plain.Parameters.Where(named => named.name.EndsWith("_proj.weight", StringComparison.Ordinal)))
        {
            var values = model.Tensors[name].Values;
            Numbers.Set(parameter, Nf4.Unpack(Nf4.Pack(values), values.Length));
        }

        Tiny.Close(Logits(plain), Logits(quantised), 1e-5);
    }

    [Fact]
    public void Training_on_it_changes_the_adapter_alone_and_the_saved_model_says_what_was_trained()
    {
        using var folders = new Folders();
        var start = Saved(folders);
        using var state = new TrainingState(Qlora.Load(start, new(2, 4), "base", seed: 1));
        var before = state.Policy.Snapshot();
        foreach (var _ in Sft.Train(state, Tiny.Sequences(20), new(Tokens: null, Epochs: 3, LearningRate: 1e-2, BatchTokens: 80), seed: 1)) ;
        var folder = folders.New();
        state.Policy.Save(folder);

        using (state.Policy.Adapter!.Off())
        {
            using var dequantised = new Policy(before.Config, before.Tokenizer);
            foreach (var (name, parameter) in dequantised.Parameters)
                Numbers.Set(parameter, before.Tensors[name].Values);
            Tiny.Close(Logits(dequantised), Logits(state.Policy), 1e-5);
        }
        using var merged = Policy.Load(folder);
        Tiny.Close(Logits(merged), Logits(state.Policy), 2e-5);
    }

    [Fact]
    public void Gradients_go_through_the_four_bits()
    {
        using var scope = NewDisposeScope();
        using var folders = new Folders();
        using var policy = Qlora.Load(Saved(folders), new(2, 4), "base", seed: 1);
        foreach (var (_, parameter) in policy.Trained)
            Numbers.Set(parameter, [.. Numbers.Of(parameter).Select((value, i) => value == 0 ? 0.1f * (i % 3 - 1) : value)]);
        var batch = TokenBatch.Of(Tiny.Sequences(3), CPU);

        FiniteDifferences.Agree(policy.Trained, () => Sft.Loss(LogProbs.Of(policy.Transformer, batch)));
    }

    /// <summary>6.6 million parameters, one sequence of 128 tokens: the weights take 26 MB, gradients as much, moments twice that.</summary>
    [Fact]
    public void A_training_on_it_holds_less_than_half_of_the_bytes_of_full_fine_tuning()
    {
        using var folders = new Folders();
        var folder = folders.New();
        var config = Tiny.Config() with { HiddenSize = 512, IntermediateSize = 1376, Layers = 2, Heads = 8, KeyValueHeads = 8, HeadDim = 64, MaxPositions = 128 };
        using (var policy = new Policy(config, Tiny.Tokenizer))
        {
            Initialisation.Apply(policy.Transformer, 1);
            policy.Save(folder);
        }
        var data = Tiny.Sequence([.. Enumerable.Range(0, 128).Select(i => i % 90 + 4)], [1, 127]);
        long Peak(Func<Policy> load)
        {
            var before = LiveMemory.Now().Bytes;
            LiveMemory.PeakBytes();
            using var state = new TrainingState(load());
            foreach (var _ in Sft.Train(state, [data], new(Tokens: 256), seed: 1)) ;
            return LiveMemory.PeakBytes() - before;
        }

        var full = Peak(() => Policy.Load(folder));
        var four = Peak(() => Qlora.Load(folder, new(8, 16), "base", seed: 1));

        Assert.True(full > 16 * 6_500_000, $"Full fine-tuning holds {full:N0} bytes, less than weights, gradients and moments.");
        Assert.True(four < 0.45 * full, $"{four:N0} bytes in four bits, {full:N0} in full: {four / (double)full:P0}.");
    }

    private static string Saved(Folders folders, ModelFamily family = ModelFamily.Qwen3)
    {
        using var policy = Tiny.Policy(family: family);
        var folder = folders.New();
        policy.Save(folder);
        return folder;
    }

    private static float[] Logits(Policy policy)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return Numbers.Of(policy.Transformer.call(tensor(new long[] { 1, 40, 2, 250, 3, 1 }, [1, 6])));
    }
}
