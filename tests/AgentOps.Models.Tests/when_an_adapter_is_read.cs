using System.Text;
using System.Text.Json.Nodes;
using AgentOps.Models.Adapters;

namespace AgentOps.Models.Tests;

public sealed class when_an_adapter_is_read : IDisposable
{
    private const string QueryOfLayer1 = "base_model.model.model.layers.1.self_attn.q_proj";
    private readonly TemporaryFolder _folder = new();

    /// <summary>What PEFT 0.15 writes for a LoRA adapter of a causal language model.</summary>
    private static JsonObject Written() => JsonNode.Parse("""
        {"alpha_pattern": {}, "auto_mapping": null, "base_model_name_or_path": "someone/small", "bias": "none", "corda_config": null, "eva_config": null, "exclude_modules": null,
         "fan_in_fan_out": false, "inference_mode": true, "init_lora_weights": true, "layer_replication": null, "layers_pattern": null, "layers_to_transform": null, "loftq_config": {},
         "lora_alpha": 4, "lora_bias": false, "lora_dropout": 0.05, "megatron_config": null, "megatron_core": "megatron.core", "modules_to_save": null, "peft_type": "LORA", "r": 2,
         "rank_pattern": {}, "revision": null, "target_modules": ["q_proj", "down_proj"], "task_type": "CAUSAL_LM", "trainable_token_indices": null, "use_dora": false, "use_rslora": false}
        """)!.AsObject();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ModelFamily.Llama)]
    [InlineData(ModelFamily.Qwen2)]
    [InlineData(ModelFamily.Qwen3)]
    public void Pefts_folder_for_any_family_is_merged_into_its_base(ModelFamily family)
    {
        var model = SmallModel.Folder(SmallModel.Config(family));
        Save(Written(), [.. Tensors(model.Config)]);

        var adapter = PeftAdapter.Load(_folder.Path, model.Config);
        var merged = adapter.MergedInto(model);

        Assert.Equal(("someone/small", 2.0), (adapter.Config.BaseModel, adapter.Config.Scale));
        Assert.Equal(["model.layers.0.mlp.down_proj", "model.layers.1.self_attn.q_proj"], adapter.Pairs.Select(pair => pair.Module));
        // α/r = 4/2 = 2. Row 0 of B is (1, 0) and row 1 (0, -1); row 0 of A is all 1, row 1 all 0.5: rows 0 and 1 of the weight rise by 2·1 and 2·-0.5, the others by 0.
        var (before, after) = (model.Tensors["model.layers.1.self_attn.q_proj.weight"].Values, merged.Tensors["model.layers.1.self_attn.q_proj.weight"].Values);
        Assert.Equal(before.Select((value, i) => value + (i / 8) switch { 0 => 2f, 1 => -1f, _ => 0f }), after);
        Assert.Equal(2, model.Tensors.Count(tensor => !tensor.Value.Values.SequenceEqual(merged.Tensors[tensor.Key].Values)));
    }

    [Fact]
    public void Where_a_pattern_names_the_modules_what_is_saved_names_those_that_are_there()
    {
        var written = Written();
        written["target_modules"] = ".*(q|down)_proj";
        var model = SmallModel.Config();
        Save(written, [.. Tensors(model)]);
        using var saved = new TemporaryFolder();

        PeftAdapter.Load(_folder.Path, model).Save(saved.Path);

        Assert.Equal(["down_proj", "q_proj"], JsonNode.Parse(File.ReadAllBytes(Path.Combine(saved.Path, "adapter_config.json")))!["target_modules"]!.AsArray().Select(name => (string)name!));
    }

    [Fact]
    public void What_is_saved_is_what_is_read_and_the_same_adapter_gives_the_same_bytes()
    {
        var model = SmallModel.Config();
        Save(Written(), [.. Tensors(model)]);
        var read = PeftAdapter.Load(_folder.Path, model);
        using var first = new TemporaryFolder();
        using var second = new TemporaryFolder();

        read.Save(first.Path);
        PeftAdapter.Load(first.Path, model).Save(second.Path);

        foreach (var file in (string[])["adapter_config.json", "adapter_model.safetensors"])
            Assert.Equal(File.ReadAllBytes(Path.Combine(first.Path, file)), File.ReadAllBytes(Path.Combine(second.Path, file)));
        Assert.Equal(File.ReadAllBytes(Path.Combine(_folder.Path, "adapter_model.safetensors")), File.ReadAllBytes(Path.Combine(first.Path, "adapter_model.safetensors")));
        var config = JsonNode.Parse(File.ReadAllBytes(Path.Combine(first.Path, "adapter_config.json")))!;
        Assert.Equal(("LORA", "CAUSAL_LM", 2, 4), ((string)config["peft_type"]!, (string)config["task_type"]!, (int)config["r"]!, (int)config["lora_alpha"]!));
    }

    [Fact]
    public void A_rank_stabilised_adapter_is_scaled_by_the_roots_of_its_rank()
    {
        var config = Written();
        (config["r"], config["use_rslora"]) = (16, true);

        // 4/√16.
        Assert.Equal(1.0, PeftConfig.Parse(Encoding.UTF8.GetBytes(config.ToJsonString())).Scale);
    }

    [Theory]
    [InlineData("peft_type", "\"IA3\"", "the adapter type 'IA3'")]
    [InlineData("bias", "\"all\"", "trained biases")]
    [InlineData("use_dora", "true", "use_dora")]
    [InlineData("fan_in_fan_out", "true", "fan_in_fan_out")]
    [InlineData("modules_to_save", "[\"lm_head\"]", "modules_to_save")]
    [InlineData("rank_pattern", "{\"q_proj\": 4}", "rank_pattern")]
    [InlineData("alpha_pattern", "{\"q_proj\": 4}", "alpha_pattern")]
    [InlineData("init_lora_weights", "\"pissa\"", "init_lora_weights 'pissa'")]
    [InlineData("r", "0", "r is 0")]
    [InlineData("r", "null", "no 'r'")]
    [InlineData("lora_alpha", "null", "no 'lora_alpha'")]
    public void What_would_change_the_result_is_refused(string key, string value, string complaint)
    {
        var config = Written();
        config[key] = JsonNode.Parse(value);

        Assert.Contains(complaint, Assert.Throws<ModelFormatException>(() => PeftConfig.Parse(Encoding.UTF8.GetBytes(config.ToJsonString()))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_matrix_of_another_rank_a_missing_one_and_one_of_nothing_known_are_named()
    {
        var model = SmallModel.Config();
        NamedTensor[] tensors = [.. Tensors(model)];
        string Refusal(params NamedTensor[] written)
        {
            Save(Written(), written);
            return Assert.Throws<ModelFormatException>(() => PeftAdapter.Load(_folder.Path, model)).Message;
        }

        Assert.Contains("has the shape [3, 8], but rank and base give [2, 8]", Refusal([new(QueryOfLayer1 + ".lora_A.weight", [3, 8], new float[24]), .. tensors.Where(t => t.Name != QueryOfLayer1 + ".lora_A.weight")]), StringComparison.Ordinal);
        Assert.Contains("one of the two matrices of 'model.layers.1.self_attn.q_proj'", Refusal([.. tensors.Where(t => t.Name != QueryOfLayer1 + ".lora_B.weight")]), StringComparison.Ordinal);
        Assert.Contains("'base_model.model.model.embed_tokens.lora_embedding_A'", Refusal([.. tensors, new("base_model.model.model.embed_tokens.lora_embedding_A", [1], [0])]), StringComparison.Ordinal);
        Assert.Contains("holds no adapter", Refusal([]), StringComparison.Ordinal);
    }

    /// <summary>Adapters of one query projection and one down projection.</summary>
    private static IEnumerable<NamedTensor> Tensors(ModelConfig model)
    {
        (long hidden, long inner, long query) = (model.HiddenSize, model.IntermediateSize, model.QueryWidth);
        foreach (var (module, inputs, outputs) in new[] { (QueryOfLayer1, hidden, query), ("base_model.model.model.layers.0.mlp.down_proj", inner, hidden) })
        {
            yield return new(module + ".lora_A.weight", [2, inputs], [.. Enumerable.Repeat(1f, (int)inputs), .. Enumerable.Repeat(0.5f, (int)inputs)]);
            yield return new(module + ".lora_B.weight", [outputs, 2], [1, 0, 0, -1, .. new float[2 * (outputs - 2)]]);
        }
    }

    private void Save(JsonObject config, NamedTensor[] tensors)
    {
        File.WriteAllText(Path.Combine(_folder.Path, "adapter_config.json"), config.ToJsonString());
        Safetensors.Write(Path.Combine(_folder.Path, "adapter_model.safetensors"), tensors);
    }
}
