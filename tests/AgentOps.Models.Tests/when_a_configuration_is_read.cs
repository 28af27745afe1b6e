using System.Text;
using System.Text.Json.Nodes;

namespace AgentOps.Models.Tests;

public sealed class When_a_configuration_is_read
{
    private const string Qwen3 = """
        {"architectures":["Qwen3ForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"bos_token_id":151643,"eos_token_id":151645,
         "head_dim":128,"hidden_act":"silu","hidden_size":1024,"initializer_range":0.02,"intermediate_size":3072,"max_position_embeddings":40960,
         "max_window_layers":28,"model_type":"qwen3","num_attention_heads":16,"num_hidden_layers":28,"num_key_value_heads":8,"rms_norm_eps":1e-06,
         "rope_scaling":null,"rope_theta":1000000,"sliding_window":null,"tie_word_embeddings":true,"torch_dtype":"bfloat16",
         "transformers_version":"4.51.0","use_cache":true,"use_sliding_window":false,"vocab_size":151936}
        """;

    [Fact]
    public void Its_sizes_are_those_of_the_file()
    {
        var config = Parse(Qwen3);

        Assert.Equal(ModelFamily.Qwen3, config.Family);
        Assert.Equal((1024, 3072, 28, 16, 8, 128), (config.HiddenSize, config.IntermediateSize, config.Layers, config.Heads, config.KeyValueHeads, config.HeadDim));
        Assert.Equal((151936, 40960, 1e-6, 1e6, true), (config.VocabularySize, config.MaxPositions, config.RmsNormEps, config.RopeTheta, config.TieWordEmbeddings));
        Assert.Equal([151645], config.EosTokenIds);
        Assert.Equal(151643, config.BosTokenId);
        Assert.Equal((2048, 1024), (config.QueryWidth, config.KeyValueWidth));
    }

    [Fact]
    public void What_is_written_reads_back_the_same_and_gives_the_same_bytes()
    {
        var config = Parse(Qwen3) with { EosTokenIds = [151645, 151643], PadTokenId = 7 };

        var again = Parse(Encoding.UTF8.GetString(config.ToJson()));

        Assert.Equal(config.ToJson(), again.ToJson());
        Assert.Equal([151645, 151643], again.EosTokenIds);
    }

    [Theory]
    [InlineData("regression", ScoreMeaning.Preference)]
    [InlineData("multi_label_classification", ScoreMeaning.Outcome)]
    // As most reward models are published.
    [InlineData(null, ScoreMeaning.Preference)]
    public void A_sequence_classifier_is_a_reward_model(string? problem, ScoreMeaning meaning)
    {
        var config = Parse(Qwen3.Replace("Qwen3ForCausalLM", "Qwen3ForSequenceClassification", StringComparison.Ordinal).Replace("{\"arch", $"{{{(problem is null ? "" : $"\"problem_type\":\"{problem}\",")}\"arch", StringComparison.Ordinal));

        Assert.Equal(meaning, config.Score);
        Assert.Equal(meaning, Parse(Encoding.UTF8.GetString(config.ToJson())).Score);
        Assert.Null(Parse(Qwen3).Score);
        Assert.Equal([TensorNames.Score], TensorNames.Of(config).Select(tensor => tensor.Name).Except(TensorNames.Of(Parse(Qwen3)).Select(tensor => tensor.Name)));
    }

    [Fact]
    public void The_golden_bytes_stay()
    {
        var expected = """
            {
              "architectures": [
                "Qwen3ForCausalLM"
              ],
              "attention_bias": false,
              "attention_dropout": 0,
              "bos_token_id": null,
              "eos_token_id": 3,
              "head_dim": 4,
              "hidden_act": "silu",
              "hidden_size": 8,
              "initializer_range": 0.02,
              "intermediate_size": 12,
              "max_position_embeddings": 64,
              "model_type": "qwen3",
              "num_attention_heads": 2,
              "num_hidden_layers": 2,
              "num_key_value_heads": 1,
              "pad_token_id": 0,
              "rms_norm_eps": 1E-06,
              "rope_scaling": null,
              "rope_theta": 10000,
              "tie_word_embeddings": false,
              "torch_dtype": "float32",
              "use_cache": true,
              "vocab_size": 304
            }

            """.ReplaceLineEndings("\n");

        Assert.Equal(expected, Encoding.UTF8.GetString(SmallModel.Config().ToJson()));
    }

    [Theory]
    [InlineData("llama", 64)]
    [InlineData("qwen2", 64)]
    [InlineData("qwen3", 128)]
    public void A_missing_head_dim_is_what_the_family_takes_it_for(string family, int expected) =>
        Assert.Equal(expected, Parse(With("head_dim", null, With("model_type", family))).HeadDim);

    [Theory]
    [InlineData("llama", false, false, false)]
    [InlineData("llama", true, true, true)]
    [InlineData("qwen2", false, true, false)]
    [InlineData("qwen2", true, true, false)]
    [InlineData("qwen3", false, false, false)]
    [InlineData("qwen3", true, true, true)]
    public void Biases_are_where_the_family_has_them(string family, bool attentionBias, bool queryKeyValue, bool output)
    {
        var config = Parse(With("attention_bias", attentionBias, With("model_type", family)));
        var names = TensorNames.Of(config).Select(tensor => tensor.Name).ToHashSet();

        foreach (var projection in "qkv")
            Assert.Equal(queryKeyValue, names.Contains($"model.layers.0.self_attn.{projection}_proj.bias"));
        Assert.Equal(output, names.Contains("model.layers.0.self_attn.o_proj.bias"));
        Assert.Equal(family == "qwen3", names.Contains("model.layers.0.self_attn.q_norm.weight"));
        Assert.DoesNotContain("lm_head.weight", names);
    }

    [Theory]
    [InlineData("rope_scaling", """{"type":"linear","factor":2}""", "rope_scaling")]
    [InlineData("rope_parameters", """{"rope_type":"yarn","rope_theta":10000}""", "rope_parameters")]
    [InlineData("model_type", "\"mixtral\"", "mixtral")]
    [InlineData("hidden_act", "\"gelu\"", "gelu")]
    [InlineData("mlp_bias", "true", "mlp_bias")]
    [InlineData("use_sliding_window", "true", "use_sliding_window")]
    [InlineData("partial_rotary_factor", "0.5", "partial_rotary_factor")]
    [InlineData("quantization_config", """{"bits":4}""", "quantised")]
    [InlineData("layer_types", """["full_attention","sliding_attention"]""", "sliding_attention")]
    public void What_would_change_the_result_is_refused_by_name(string key, string value, string expected)
    {
        var error = Assert.Throws<ModelFormatException>(() => Parse(With(key, JsonNode.Parse(value))));

        Assert.Contains(expected, error.Message);
        Assert.Contains("not supported here", error.Message);
    }

    [Theory]
    [InlineData("hidden_size", "0")]
    [InlineData("hidden_size", "-8")]
    [InlineData("hidden_size", "8.5")]
    [InlineData("hidden_size", "99999999999")]
    [InlineData("hidden_size", "\"1024\"")]
    [InlineData("num_hidden_layers", "1000000")]
    [InlineData("num_attention_heads", "0")]
    [InlineData("num_key_value_heads", "3")]
    [InlineData("num_key_value_heads", "32")]
    [InlineData("head_dim", "127")]
    [InlineData("vocab_size", "100")]
    [InlineData("rms_norm_eps", "0")]
    [InlineData("rope_theta", "0")]
    [InlineData("eos_token_id", "200000")]
    [InlineData("eos_token_id", "[1,\"2\"]")]
    [InlineData("tie_word_embeddings", "\"yes\"")]
    [InlineData("rope_scaling", "\"linear\"")]
    public void Sizes_that_cannot_be_are_refused_with_the_file_and_the_key(string key, string value)
    {
        var error = Assert.Throws<ModelFormatException>(() => Parse(With(key, JsonNode.Parse(value))));

        Assert.Contains("config.json", error.Message);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"model_type\":\"llama\",\"model_type\":\"qwen3\"}")]
    [InlineData("{\"model_type\":\"llama\"}")]
    public void What_is_no_configuration_is_refused(string json) => Assert.Throws<ModelFormatException>(() => Parse(json));

    [Theory]
    [InlineData("""{"rope_type":"llama3","factor":8}""", "has no 'rope_scaling.low_freq_factor'")]
    [InlineData("""{"rope_type":"llama3","factor":8,"low_freq_factor":"1","high_freq_factor":4,"original_max_position_embeddings":8192}""", "'rope_scaling.low_freq_factor' is not a number")]
    [InlineData("""{"rope_type":"llama3","factor":8,"low_freq_factor":4,"high_freq_factor":4,"original_max_position_embeddings":8192}""", "a high_freq_factor above that")]
    public void A_stretched_rope_that_is_not_whole_is_refused(string rope, string said) =>
        Assert.Contains(said, Assert.Throws<ModelFormatException>(() => Parse(With("rope_scaling", JsonNode.Parse(rope)))).Message, StringComparison.Ordinal);

    [Theory]
    [InlineData("rope_scaling")]
    [InlineData("rope_parameters")]
    public void Llama_3s_stretched_rope_is_read_and_written(string key)
    {
        var config = Parse(With(key, JsonNode.Parse("""{"rope_type":"llama3","factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,"original_max_position_embeddings":8192}""")));

        Assert.Equal(new RopeScaling(8, 1, 4, 8192), config.RopeScaling);
        Assert.Equal(config.RopeScaling, ModelConfig.Parse(config.ToJson()).RopeScaling);
    }

    [Fact]
    public void Slow_pairs_turn_slower_by_the_factor_fast_ones_as_before_and_those_between_by_both()
    {
        var rope = new RopeScaling(8, 1, 4, 8192);
        // Waves of 16,384, of 1,024 and of 4,096 positions: half a turn, eight turns and two turns in 8,192. Two is a third of the way from 1 to 4: (2/3)/8 + 1/3 = 5/12.
        double Wave(double positions) => 2 * Math.PI / positions;

        Assert.Equal(Wave(16_384) / 8, rope.Of(Wave(16_384)), 12);
        Assert.Equal(Wave(1_024), rope.Of(Wave(1_024)), 12);
        Assert.Equal(Wave(4_096) * 5 / 12, rope.Of(Wave(4_096)), 12);
    }

    [Fact]
    public void Rope_parameters_of_newer_writers_give_the_base() =>
        Assert.Equal(5e5, Parse(With("rope_parameters", JsonNode.Parse("""{"rope_type":"default","rope_theta":500000.0}"""), With("rope_theta", null))).RopeTheta);

    [Fact]
    public void A_missing_file_is_said_to_be_missing() =>
        Assert.Contains("There is no", Assert.Throws<ModelFormatException>(() => ModelConfig.Load("/nowhere/config.json")).Message);

    private static string With(string key, JsonNode? value, string json = Qwen3)
    {
        var config = JsonNode.Parse(json)!.AsObject();
        config[key] = value;
        return config.ToJsonString();
    }

    private static ModelConfig Parse(string json) => ModelConfig.Parse(Encoding.UTF8.GetBytes(json));
}
