using System.Text.Json;

namespace AgentOps.Models.Adapters;

/// <summary>A LoRA adapter's settings as PEFT's <c>adapter_config.json</c> states them.</summary>
/// <param name="Targets">The last parts of the adapted modules' names, such as <c>q_proj</c>; none where the file has a pattern.</param>
/// <param name="BaseModel">What the adapter belongs to; empty where the file does not say.</param>
/// <param name="RankStabilised">Whether B·A is scaled by α/√r (rsLoRA) and not by α/r.</param>
public sealed record PeftConfig(int Rank, double Alpha, IReadOnlyList<string> Targets, string BaseModel = "", bool RankStabilised = false)
{
    private const int MostRank = 1 << 14;

    // Others (PiSSA, OLoRA, CorDA) begin from changed base weights, so that the adapter alone is not the difference to the base.
    private static readonly string[] HarmlessBeginnings = ["gaussian", "eva", "orthogonal"];

    /// <summary>What B·A is multiplied with.</summary>
    public double Scale => Alpha / (RankStabilised ? Math.Sqrt(Rank) : Rank);

    /// <exception cref="ModelFormatException">Not such a file, or an adapter that is not plain LoRA.</exception>
    public static PeftConfig Load(string path) => Parse(JsonFile.ReadBytes(path), path);

    /// <inheritdoc cref="Load"/>
    /// <param name="name">The file, for messages.</param>
    public static PeftConfig Parse(ReadOnlyMemory<byte> json, string name = "adapter_config.json")
    {
        using var document = JsonFile.ParseObject(json, name);
        var root = document.RootElement;
        var keys = new ConfigKeys(root, name);
        RefuseUnsupported(root, keys, name);
        var rank = keys.Int("r");
        if (rank is < 1 or > MostRank)
            throw new ModelFormatException($"{name}: r is {rank}, but must be 1 to {MostRank}.");
        var alpha = keys.OptionalDouble("lora_alpha") ?? throw new ModelFormatException($"{name} has no 'lora_alpha'.");
        // A string is a pattern, or all-linear: which modules those are, the tensors say, and a list of names says it in turn.
        var targets = root.TryGetProperty("target_modules", out var value) && value.ValueKind == JsonValueKind.String ? [] : keys.Texts("target_modules");
        return new(rank, alpha, [.. targets.Order(StringComparer.Ordinal)], keys.OptionalText("base_model_name_or_path") ?? "", keys.Flag("use_rslora"));
    }

    /// <summary>The bytes of <c>adapter_config.json</c>: the same for the same settings.</summary>
    public byte[] ToJson() => JsonFile.Write(writer =>
    {
        Empty(writer, "alpha_pattern");
        writer.WriteNull("auto_mapping");
        writer.WriteString("base_model_name_or_path", BaseModel);
        writer.WriteString("bias", "none");
        writer.WriteBoolean("fan_in_fan_out", false);
        writer.WriteBoolean("inference_mode", true);
        writer.WriteBoolean("init_lora_weights", true);
        writer.WriteNull("layers_pattern");
        writer.WriteNull("layers_to_transform");
        writer.WriteNumber("lora_alpha", Alpha);
        writer.WriteNumber("lora_dropout", 0.0);
        writer.WriteNull("modules_to_save");
        writer.WriteString("peft_type", "LORA");
        writer.WriteNumber("r", Rank);
        Empty(writer, "rank_pattern");
        writer.WriteNull("revision");
        writer.WriteStartArray("target_modules");
        foreach (var target in Targets)
            writer.WriteStringValue(target);
        writer.WriteEndArray();
        writer.WriteString("task_type", "CAUSAL_LM");
        writer.WriteBoolean("use_dora", false);
        writer.WriteBoolean("use_rslora", RankStabilised);
    });

    private static void Empty(Utf8JsonWriter writer, string key)
    {
        writer.WriteStartObject(key);
        writer.WriteEndObject();
    }

    private static void RefuseUnsupported(JsonElement root, ConfigKeys keys, string name)
    {
        ModelFormatException Refused(string what) => new($"{name} asks for {what}, which is not supported here: use a plain LoRA adapter, or merge it where it was made.");
        if (keys.OptionalText("peft_type") is var type && type != "LORA")
            throw Refused($"the adapter type '{type}'");
        if (keys.OptionalText("bias") is { } bias && bias != "none")
            throw Refused($"trained biases ('{bias}')");
        foreach (var flag in (string[])["use_dora", "fan_in_fan_out", "lora_bias"])
            if (keys.Flag(flag))
                throw Refused(flag);
        foreach (var key in (string[])["modules_to_save", "rank_pattern", "alpha_pattern", "target_parameters", "trainable_token_indices", "alora_invocation_tokens", "layer_replication"])
            if (root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null && IsFilled(value))
                throw Refused(key);
        if (root.TryGetProperty("init_lora_weights", out var begun) && begun.ValueKind == JsonValueKind.String && !HarmlessBeginnings.Contains(begun.GetString()))
            throw Refused($"init_lora_weights '{begun.GetString()}'");
    }

    private static bool IsFilled(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.Object => value.EnumerateObject().Any(),
        JsonValueKind.Array => value.GetArrayLength() > 0,
        _ => true,
    };
}
