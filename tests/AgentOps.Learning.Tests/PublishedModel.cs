using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;
using AgentOps.Environments;
using AgentOps.Models;

namespace AgentOps.Learning.Tests;

/// <summary>
/// A small model as its family's makers publish it. All but the tokenizer is written here, by the formats' rules: a config.json of their keys, and bfloat16 weights under their names in two files,
/// with the index that says which lies where. Gains and biases are as random as all else.
/// </summary>
internal sealed class PublishedModel
{
    private const int Hidden = 16;
    private const int Inner = 32;
    private const int Heads = 4;
    private const int KeyValueHeads = 2;
    private const int Layers = 2;
    private readonly ModelFamily _family;
    private readonly bool _tied;

    public PublishedModel(ModelFamily family, bool tied)
    {
        (_family, _tied) = (family, tied);
        Tokenizer = BpeTokenizer.Train(["go to the mug", "take the mug", "go to the box"], Tiny.Vocabulary, family == ModelFamily.Llama
            ? ["<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"]
            : ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]);
        Tensors = [.. Shapes().Select(of => Drawn(of.Name, of.Shape))];
    }

    public BpeTokenizer Tokenizer { get; }

    /// <summary>What the files say, in float32: every bfloat16 is one.</summary>
    public IReadOnlyList<NamedTensor> Tensors { get; }

    /// <summary>What config.json says.</summary>
    public ModelConfig Config => new()
    {
        Family = _family, HiddenSize = Hidden, IntermediateSize = Inner, Layers = Layers, Heads = Heads, KeyValueHeads = KeyValueHeads, HeadDim = HeadDim,
        VocabularySize = Tiny.Vocabulary, MaxPositions = 64, RmsNormEps = _family == ModelFamily.Llama ? 1e-5 : 1e-6, RopeTheta = _family == ModelFamily.Llama ? 500_000 : 1_000_000,
        RopeScaling = _family == ModelFamily.Llama ? new(8, 1, 4, 16) : null, TieWordEmbeddings = _tied, BosTokenId = 0, EosTokenIds = [End],
    };

    // Qwen3's heads are wider than its hidden state divided among them, and it says how wide; the others' are not, and they do not.
    private int HeadDim => _family == ModelFamily.Qwen3 ? 8 : Hidden / Heads;

    private int End => _family == ModelFamily.Llama ? 3 : 2;

    /// <summary>Writes the folder.</summary>
    public void Publish(string folder)
    {
        File.WriteAllText(Path.Combine(folder, "config.json"), ConfigJson().ToJsonString());
        Tokenizer.Save(Path.Combine(folder, "tokenizer.json"));
        var map = new JsonObject();
        foreach (var (shard, tensors) in Tensors.Chunk((Tensors.Count + 1) / 2).Index())
        {
            var file = $"model-{shard + 1:D5}-of-00002.safetensors";
            WriteBfloat16(Path.Combine(folder, file), tensors);
            foreach (var tensor in tensors)
                map[tensor.Name] = file;
        }
        var index = new JsonObject { ["metadata"] = new JsonObject { ["total_size"] = 2 * Tensors.Sum(tensor => tensor.Values.Length) }, ["weight_map"] = map };
        File.WriteAllText(Path.Combine(folder, "model.safetensors.index.json"), index.ToJsonString());
    }

    /// <summary>Numbers of which each is a bfloat16; they follow from the name.</summary>
    public static NamedTensor Drawn(string name, params long[] shape)
    {
        var rng = new Rng(Seed.Of(name));
        var isGain = name.EndsWith("norm.weight", StringComparison.Ordinal);
        var around = shape.Length == 2 && !name.Contains("embed", StringComparison.Ordinal) ? 2 / Math.Sqrt(shape[1]) : 0.7;
        return new(name, shape, [.. Enumerable.Range(0, (int)shape.Aggregate(1L, (a, b) => a * b)).Select(_ => Rounded((isGain ? 1 : 0) + (2 * rng.Uniform() - 1) * around))]);
    }

    /// <summary>A safetensors file: the header's length in eight bytes, the header, filled up with spaces to a multiple of eight, and the numbers, each the upper two bytes of its float32.</summary>
    public static void WriteBfloat16(string path, IEnumerable<NamedTensor> tensors)
    {
        var (header, data) = (new JsonObject { ["__metadata__"] = new JsonObject { ["format"] = "pt" } }, new List<byte>());
        var number = new byte[4];
        foreach (var tensor in tensors.OrderBy(tensor => tensor.Name, StringComparer.Ordinal))
        {
            var begin = data.Count;
            foreach (var value in tensor.Values)
            {
                BinaryPrimitives.WriteSingleLittleEndian(number, value);
                data.AddRange(number[2..]);
            }
            header[tensor.Name] = new JsonObject { ["dtype"] = "BF16", ["shape"] = new JsonArray([.. tensor.Shape]), ["data_offsets"] = new JsonArray(begin, data.Count) };
        }
        var json = header.ToJsonString();
        var filled = Encoding.UTF8.GetBytes(json.PadRight((json.Length + 7) / 8 * 8));
        File.WriteAllBytes(path, [.. BitConverter.GetBytes((long)filled.Length), .. filled, .. data]);
    }

    /// <summary>To the eight significant bits of a bfloat16.</summary>
    private static float Rounded(double value)
    {
        var unit = Math.ScaleB(1, Math.ILogB(value) - 7);
        return (float)(Math.Round(value / unit) * unit);
    }

    /// <summary>In the order in which the family's modules hold them.</summary>
    private IEnumerable<(string Name, long[] Shape)> Shapes()
    {
        long query = Heads * HeadDim, keyValue = KeyValueHeads * HeadDim;
        yield return ("model.embed_tokens.weight", [Tiny.Vocabulary, Hidden]);
        foreach (var layer in Enumerable.Range(0, Layers).Select(layer => $"model.layers.{layer}"))
        {
            foreach (var (projection, width) in new[] { ("q_proj", query), ("k_proj", keyValue), ("v_proj", keyValue) })
            {
                yield return ($"{layer}.self_attn.{projection}.weight", [width, Hidden]);
                if (_family == ModelFamily.Qwen2)
                    yield return ($"{layer}.self_attn.{projection}.bias", [width]);
            }
            yield return ($"{layer}.self_attn.o_proj.weight", [Hidden, query]);
            if (_family == ModelFamily.Qwen3)
            {
                yield return ($"{layer}.self_attn.q_norm.weight", [HeadDim]);
                yield return ($"{layer}.self_attn.k_norm.weight", [HeadDim]);
            }
            yield return ($"{layer}.mlp.gate_proj.weight", [Inner, Hidden]);
            yield return ($"{layer}.mlp.up_proj.weight", [Inner, Hidden]);
            yield return ($"{layer}.mlp.down_proj.weight", [Hidden, Inner]);
            yield return ($"{layer}.input_layernorm.weight", [Hidden]);
            yield return ($"{layer}.post_attention_layernorm.weight", [Hidden]);
        }
        yield return ("model.norm.weight", [Hidden]);
        if (!_tied)
            yield return ("lm_head.weight", [Tiny.Vocabulary, Hidden]);
    }

    /// <summary>The keys of Llama 3.1, Qwen2.5 and Qwen3, in sizes of this one.</summary>
    private JsonObject ConfigJson()
    {
        var config = JsonNode.Parse(_family switch
        {
            ModelFamily.Llama => """
                {"architectures": ["LlamaForCausalLM"], "attention_bias": false, "mlp_bias": false, "model_type": "llama", "pretraining_tp": 1, "rms_norm_eps": 1e-05,
                 "rope_scaling": {"factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0, "original_max_position_embeddings": 16, "rope_type": "llama3"}, "rope_theta": 500000.0}
                """,
            ModelFamily.Qwen2 => """
                {"architectures": ["Qwen2ForCausalLM"], "max_window_layers": 1, "model_type": "qwen2", "rms_norm_eps": 1e-06, "rope_theta": 1000000.0, "sliding_window": 64, "use_sliding_window": false}
                """,
            _ => """
                {"architectures": ["Qwen3ForCausalLM"], "attention_bias": false, "head_dim": 8, "max_window_layers": 2, "model_type": "qwen3", "rms_norm_eps": 1e-06,
                 "rope_scaling": null, "rope_theta": 1000000, "sliding_window": null, "use_sliding_window": false}
                """,
        })!.AsObject();
        foreach (var (key, value) in JsonNode.Parse("""
            {"attention_dropout": 0.0, "bos_token_id": 0, "hidden_act": "silu", "hidden_size": 16, "initializer_range": 0.02, "intermediate_size": 32, "max_position_embeddings": 64,
             "num_attention_heads": 4, "num_hidden_layers": 2, "num_key_value_heads": 2, "torch_dtype": "bfloat16", "transformers_version": "4.51.0", "use_cache": true, "vocab_size": 300}
            """)!.AsObject())
            config[key] = value?.DeepClone();
        (config["tie_word_embeddings"], config["eos_token_id"]) = (_tied, End);
        return config;
    }
}
