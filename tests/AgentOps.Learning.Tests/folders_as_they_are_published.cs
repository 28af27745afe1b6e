using System.Text.Json.Nodes;
using AgentOps.Models;
using AgentOps.Models.Adapters;
using AgentOps.Models.Decoding;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

/// <summary>What Hugging Face's own programs and PEFT write of three families, bfloat16 and shards included: it is read, decoded and trained, and what is saved of it passes the same reader.</summary>
public sealed class folders_as_they_are_published : IDisposable
{
    private static readonly int[] Prompt = [1, 40, 2, 250, 3, 1];
    private readonly Folders _folders = new();

    public void Dispose() => _folders.Dispose();

    public static TheoryData<ModelFamily, bool> Models => new()
    {
        { ModelFamily.Llama, false },
        { ModelFamily.Llama, true },
        { ModelFamily.Qwen2, false },
        { ModelFamily.Qwen2, true },
        { ModelFamily.Qwen3, false },
        { ModelFamily.Qwen3, true },
    };

    [Theory]
    [MemberData(nameof(Models))]
    public void Every_number_of_both_files_is_read_as_it_was_written(ModelFamily family, bool tied)
    {
        var published = new PublishedModel(family, tied);

        var read = ModelFolder.Load(Folder(published));

        Assert.Equal(published.Config.ToJson(), read.Config.ToJson());
        Assert.Equal(published.Tensors.Select(tensor => tensor.Name).Order(StringComparer.Ordinal), read.Tensors.Keys.Order(StringComparer.Ordinal));
        Assert.All(published.Tensors, tensor => Assert.Equal(tensor.Values, read.Tensors[tensor.Name].Values));
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task It_says_in_the_decoder_and_in_the_transformer_what_the_same_numbers_say_in_float32(ModelFamily family, bool tied)
    {
        var published = new PublishedModel(family, tied);
        var folder = Folder(published);
        var plain = new ModelFolder(published.Config, published.Tensors, published.Tokenizer);
        using var policy = Policy.Load(folder);
        using var other = Policy.Of(plain, device: null);

        var (decoded, expected) = (await SaidAsync(ModelFolder.Load(folder)), await SaidAsync(plain));

        Assert.Equal(Logits(other), Logits(policy));
        Assert.Equal(expected.SelectMany(token => token.Top), decoded.SelectMany(token => token.Top));
        Agree(policy, decoded);
    }

    [Theory]
    [MemberData(nameof(Models))]
    public async Task It_learns_and_what_is_saved_is_read_again_and_says_the_same(ModelFamily family, bool tied)
    {
        using var state = new TrainingState(Policy.Load(Folder(new(family, tied))));

        // One batch of all, over and over: the first loss is that of the model as it was published.
        var losses = Sft.Train(state, Tiny.Sequences(8), new(Tokens: null, Epochs: 10, LearningRate: 1e-2), seed: 1).Select(report => report.Metrics["loss"]).ToList();

        Assert.Equal(10, losses.Count);
        Assert.True(losses[^1] < losses[0] / 2, $"The loss was {losses[0]} and is {losses[^1]}.");
        var saved = _folders.New();
        state.Policy.Save(saved);
        using var read = Policy.Load(saved);
        Assert.Equal(Logits(state.Policy), Logits(read));
        Agree(state.Policy, await SaidAsync(ModelFolder.Load(saved)));
        // Its numbers are no bfloat16 any more, and it says so.
        Assert.Equal("float32", (string)JsonNode.Parse(File.ReadAllBytes(Path.Combine(saved, "config.json")))!["torch_dtype"]!);
    }

    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Qwen2)]
    [InlineData(ModelFamily.Qwen3)]
    public async Task An_adapter_in_bfloat16_is_merged_into_it(ModelFamily family)
    {
        var published = new PublishedModel(family, tied: false);
        var model = ModelFolder.Load(Folder(published));
        var pairs = published.Tensors.Where(tensor => tensor.Name.EndsWith("q_proj.weight", StringComparison.Ordinal) || tensor.Name.EndsWith("down_proj.weight", StringComparison.Ordinal)).ToDictionary(weight => weight.Name, weight =>
        {
            var module = $"base_model.model.{weight.Name[..^".weight".Length]}";
            return (A: PublishedModel.Drawn($"{module}.lora_A.weight", 2, weight.Shape[1]), B: PublishedModel.Drawn($"{module}.lora_B.weight", weight.Shape[0], 2));
        });
        var folder = _folders.New();
        PublishedModel.WriteBfloat16(Path.Combine(folder, "adapter_model.safetensors"), pairs.Values.SelectMany(pair => new[] { pair.A, pair.B }));
        // What PEFT 0.15 writes.
        File.WriteAllText(Path.Combine(folder, "adapter_config.json"), """
            {"alpha_pattern": {}, "auto_mapping": null, "base_model_name_or_path": "someone/small", "bias": "none", "corda_config": null, "eva_config": null, "exclude_modules": null,
             "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true, "layer_replication": null, "layers_pattern": null, "layers_to_transform": null, "loftq_config": {},
             "lora_alpha": 3, "lora_bias": false, "lora_dropout": 0.05, "megatron_config": null, "megatron_core": "megatron.core", "modules_to_save": null, "peft_type": "LORA", "r": 2,
             "rank_pattern": {}, "revision": null, "target_modules": ["down_proj", "q_proj"], "task_type": "CAUSAL_LM", "trainable_token_indices": null, "use_dora": false, "use_rslora": false}
            """);

        var merged = PeftAdapter.Load(folder, model.Config).MergedInto(model);

        // Two projections in each of two layers.
        Assert.Equal(4, pairs.Count);
        Assert.All(published.Tensors, weight => Tiny.Close(pairs.TryGetValue(weight.Name, out var pair) ? Sum(weight, pair.A, pair.B) : weight.Values, merged.Tensors[weight.Name].Values, 1e-6));
        var saved = _folders.New();
        merged.Save(saved);
        using var policy = Policy.Load(saved);
        Agree(policy, await SaidAsync(merged));

        // W + (α/r)·B·A with α/r = 3/2, where B has two columns and A two rows.
        static float[] Sum(NamedTensor weight, NamedTensor a, NamedTensor b)
        {
            var inputs = (int)weight.Shape[1];
            return [.. weight.Values.Select((value, i) => (float)(value + 1.5 * Enumerable.Range(0, 2).Sum(r => (double)b.Values[i / inputs * 2 + r] * a.Values[r * inputs + i % inputs])))];
        }
    }

    private string Folder(PublishedModel model)
    {
        var folder = _folders.New();
        model.Publish(folder);
        return folder;
    }

    /// <summary>What the decoder samples behind the prompt, with the twenty likeliest tokens at each of its places.</summary>
    private static async Task<IReadOnlyList<DecodedToken>> SaidAsync(ModelFolder model)
    {
        await using var engine = new DecodingEngine(DecoderModel.Create(model), new EngineOptions { Threads = 1 });
        return await engine.DecodeWholeAsync(new DecodeRequest(Prompt, MaxTokens: 30, Seed: 5, TopLogProbs: DecodeRequest.MaxTopLogProbs), CancellationToken.None);
    }

    /// <summary>The transformer gives what was decoded, and the tokens beside it, the same probabilities.</summary>
    private static void Agree(Policy policy, IReadOnlyList<DecodedToken> decoded)
    {
        Assert.Equal(30, decoded.Count);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        var said = Numbers.Of(Said(policy, [.. Prompt, .. decoded.Select(token => token.Id)]).log_softmax(-1));
        foreach (var (place, token) in decoded.Index())
        {
            TokenLogProb[] told = [.. token.Top, new(token.Id, token.LogProb)];
            Tiny.Close([.. told.Select(one => said[(Prompt.Length - 1 + place) * Tiny.Vocabulary + one.Id])], [.. told.Select(one => one.LogProb)], 1e-4);
        }
    }

    private static float[] Logits(Policy policy)
    {
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return Numbers.Of(Said(policy, Prompt));
    }

    private static Tensor Said(Policy policy, int[] ids) => policy.Transformer.call(tensor(ids.Select(id => (long)id).ToArray(), [1, ids.Length]));
}
