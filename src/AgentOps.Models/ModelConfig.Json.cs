using System.Text.Json;

namespace AgentOps.Models;

public sealed partial record ModelConfig
{
    private const string LanguageModel = "ForCausalLM";
    private const string Classifier = "ForSequenceClassification";
    private const string Label = "LABEL_0";
    private const string OfNumbers = "regression";
    private const string OfLabels = "multi_label_classification";

    /// <summary>Reads a <c>config.json</c>. Keys that change nothing here are passed over; those that would change the result are refused.</summary>
    /// <exception cref="ModelFormatException">Not such a file, or a model that is not supported.</exception>
    public static ModelConfig Load(string path) => Parse(JsonFile.ReadBytes(path), path);

    /// <inheritdoc cref="Load"/>
    /// <param name="name">The file, for messages.</param>
    public static ModelConfig Parse(ReadOnlyMemory<byte> json, string name = "config.json")
    {
        using var document = JsonFile.ParseObject(json, name);
        var keys = new ConfigKeys(document.RootElement, name);
        RefuseUnsupported(keys);
        var family = FamilyOf(keys);
        var hidden = keys.Int("hidden_size");
        var heads = keys.Int("num_attention_heads");
        return new ModelConfig
        {
            Family = family,
            HiddenSize = hidden,
            IntermediateSize = keys.Int("intermediate_size"),
            Layers = keys.Int("num_hidden_layers"),
            Heads = heads,
            KeyValueHeads = keys.OptionalInt("num_key_value_heads") ?? heads,
            // Qwen3's own default is 128; the others divide the width among the heads.
            HeadDim = keys.OptionalInt("head_dim") ?? (family == ModelFamily.Qwen3 ? 128 : hidden / Math.Max(1, heads)),
            VocabularySize = keys.Int("vocab_size"),
            MaxPositions = keys.OptionalInt("max_position_embeddings") ?? (family == ModelFamily.Llama ? 2048 : 32768),
            RmsNormEps = keys.OptionalDouble("rms_norm_eps") ?? 1e-6,
            RopeTheta = keys.RopeTheta() ?? 10_000,
            RopeScaling = keys.RopeScaling(ConfigKeys.Scaling) ?? keys.RopeScaling("rope_parameters"),
            TieWordEmbeddings = keys.Flag("tie_word_embeddings"),
            AttentionBias = family != ModelFamily.Qwen2 && keys.Flag("attention_bias"),
            Score = ScoreOf(keys),
            BosTokenId = keys.OptionalInt("bos_token_id"),
            EosTokenIds = keys.Ints("eos_token_id"),
            PadTokenId = keys.OptionalInt("pad_token_id"),
        }.Checked(name);
    }

    /// <summary>The bytes of <c>config.json</c>: the same for the same configuration.</summary>
    public byte[] ToJson() => JsonFile.Write(writer =>
    {
        writer.WriteStartArray("architectures");
        writer.WriteStringValue(Family + (Score is null ? LanguageModel : Classifier));
        writer.WriteEndArray();
        if (Family != ModelFamily.Qwen2)
            writer.WriteBoolean("attention_bias", AttentionBias);
        writer.WriteNumber("attention_dropout", 0.0);
        WriteOptional(writer, "bos_token_id", BosTokenId);
        WriteEos(writer);
        writer.WriteNumber("head_dim", HeadDim);
        writer.WriteString("hidden_act", "silu");
        writer.WriteNumber("hidden_size", HiddenSize);
        if (Score is not null)
            WriteLabel(writer, "id2label", () => writer.WriteString("0", Label));
        writer.WriteNumber("initializer_range", 0.02);
        writer.WriteNumber("intermediate_size", IntermediateSize);
        if (Score is not null)
            WriteLabel(writer, "label2id", () => writer.WriteNumber(Label, 0));
        writer.WriteNumber("max_position_embeddings", MaxPositions);
        writer.WriteString("model_type", Family.ToString().ToLowerInvariant());
        writer.WriteNumber("num_attention_heads", Heads);
        writer.WriteNumber("num_hidden_layers", Layers);
        writer.WriteNumber("num_key_value_heads", KeyValueHeads);
        WriteOptional(writer, "pad_token_id", PadTokenId);
        if (Score is { } meaning)
            writer.WriteString("problem_type", meaning == ScoreMeaning.Outcome ? OfLabels : OfNumbers);
        writer.WriteNumber("rms_norm_eps", RmsNormEps);
        WriteRope(writer);
        writer.WriteNumber("rope_theta", RopeTheta);
        writer.WriteBoolean("tie_word_embeddings", TieWordEmbeddings);
        writer.WriteString("torch_dtype", "float32");
        writer.WriteBoolean("use_cache", true);
        writer.WriteNumber("vocab_size", VocabularySize);
    });

    internal void WriteEos(Utf8JsonWriter writer)
    {
        if (EosTokenIds.Count <= 1)
        {
            WriteOptional(writer, "eos_token_id", EosTokenIds.Count == 0 ? null : EosTokenIds[0]);
            return;
        }
        writer.WriteStartArray("eos_token_id");
        foreach (var id in EosTokenIds)
            writer.WriteNumberValue(id);
        writer.WriteEndArray();
    }

    internal static void WriteOptional(Utf8JsonWriter writer, string key, int? value)
    {
        if (value is { } number)
            writer.WriteNumber(key, number);
        else
            writer.WriteNull(key);
    }

    private void WriteRope(Utf8JsonWriter writer)
    {
        if (RopeScaling is not { } rope)
        {
            writer.WriteNull(ConfigKeys.Scaling);
            return;
        }
        writer.WriteStartObject(ConfigKeys.Scaling);
        writer.WriteNumber(ConfigKeys.RopeFactor, rope.Factor);
        writer.WriteNumber(ConfigKeys.RopeHigh, rope.HighFrequencyFactor);
        writer.WriteNumber(ConfigKeys.RopeLow, rope.LowFrequencyFactor);
        writer.WriteNumber(ConfigKeys.RopeOriginal, rope.OriginalPositions);
        writer.WriteString("rope_type", ConfigKeys.Llama3Rope);
        writer.WriteEndObject();
    }

    private static ScoreMeaning? ScoreOf(ConfigKeys keys) =>
        !keys.Texts("architectures").Any(architecture => architecture.EndsWith(Classifier, StringComparison.Ordinal)) ? null
        : keys.OptionalText("problem_type") == OfLabels ? ScoreMeaning.Outcome : ScoreMeaning.Preference;

    /// <summary>A classifier's labels are counted by these maps.</summary>
    private static void WriteLabel(Utf8JsonWriter writer, string key, Action label)
    {
        writer.WriteStartObject(key);
        label();
        writer.WriteEndObject();
    }

    private static ModelFamily FamilyOf(ConfigKeys keys) => keys.Text("model_type") switch
    {
        "llama" => ModelFamily.Llama,
        "qwen2" => ModelFamily.Qwen2,
        "qwen3" => ModelFamily.Qwen3,
        var other => throw keys.Unsupported($"models of type '{other}' (llama, qwen2 and qwen3 are)"),
    };

    private static void RefuseUnsupported(ConfigKeys keys)
    {
        if (keys.OptionalText("hidden_act") is { } activation && activation is not ("silu" or "swish"))
            throw keys.Unsupported($"the activation '{activation}'");
        if (keys.Flag("mlp_bias"))
            throw keys.Unsupported("mlp_bias");
        if (keys.Flag("use_sliding_window"))
            throw keys.Unsupported("use_sliding_window");
        if (keys.OptionalDouble("partial_rotary_factor") is { } part and not 1)
            throw keys.Unsupported($"partial_rotary_factor {part}");
        if (keys.Has("quantization_config"))
            throw keys.Unsupported("quantised weights");
        if (keys.Texts("layer_types").FirstOrDefault(type => type != "full_attention") is { } layer)
            throw keys.Unsupported($"layers of type '{layer}'");
    }
}
