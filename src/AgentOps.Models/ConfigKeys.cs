using System.Text.Json;

namespace AgentOps.Models;

/// <summary>The keys of a <c>config.json</c> by the type they must have. Absent and null are the same.</summary>
internal sealed class ConfigKeys(JsonElement root, string name)
{
    public const string Scaling = "rope_scaling";
    public const string Llama3Rope = "llama3";
    public const string RopeFactor = "factor";
    public const string RopeLow = "low_freq_factor";
    public const string RopeHigh = "high_freq_factor";
    public const string RopeOriginal = "original_max_position_embeddings";

    public ModelFormatException Unsupported(string what) => new($"{name} asks for {what}, which is not supported here: use a model without it.");

    public bool Has(string key) => Find(key) is not null;

    public int Int(string key) => OptionalInt(key) ?? throw new ModelFormatException($"{name} has no '{key}'.");

    public int? OptionalInt(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.Number && value.TryGetInt32(out var number) ? number
        : throw Wrong(key, "a whole number");

    public double? OptionalDouble(string key) => Find(key) is not { } value ? null : Double(value, key);

    public bool Flag(string key) => Find(key) is { } value && value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Wrong(key, "true or false"),
    };

    public string Text(string key) => OptionalText(key) ?? throw new ModelFormatException($"{name} has no '{key}'.");

    public string? OptionalText(string key) => Find(key) is not { } value ? null
        : value.ValueKind == JsonValueKind.String ? value.GetString()
        : throw Wrong(key, "a string");

    public IReadOnlyList<string> Texts(string key) => Find(key) is not { } value ? []
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.String)
            ? [.. value.EnumerateArray().Select(item => item.GetString()!)]
            : throw Wrong(key, "a list of strings");

    /// <summary>One number or a list of them.</summary>
    public IReadOnlyList<int> Ints(string key) => Find(key) is not { } value ? []
        : value.ValueKind == JsonValueKind.Number ? [Int(key)]
        : value.ValueKind == JsonValueKind.Array && value.EnumerateArray().All(item => item.ValueKind == JsonValueKind.Number && item.TryGetInt32(out _))
            ? [.. value.EnumerateArray().Select(item => item.GetInt32())]
            : throw Wrong(key, "a whole number or a list of them");

    /// <summary>The base of the rotation: a key of its own, or inside <c>rope_parameters</c> as newer writers have it.</summary>
    public double? RopeTheta() => OptionalDouble("rope_theta")
        ?? (Find("rope_parameters") is { ValueKind: JsonValueKind.Object } rope && rope.TryGetProperty("rope_theta", out var theta)
            ? Double(theta, "rope_parameters.rope_theta")
            : null);

    /// <returns>Null where the rotation is not stretched.</returns>
    /// <exception cref="ModelFormatException">It is stretched in another way than Llama 3.1's.</exception>
    public RopeScaling? RopeScaling(string key)
    {
        if (Find(key) is not { } value)
            return null;
        if (value.ValueKind != JsonValueKind.Object)
            throw Wrong(key, "an object");
        var type = Kind("rope_type") ?? Kind("type") ?? "default";
        return type switch
        {
            "default" => null,
            Llama3Rope => new(Inner(RopeFactor), Inner(RopeLow), Inner(RopeHigh), (int)Inner(RopeOriginal)),
            _ => throw Unsupported($"{key} of type '{type}'"),
        };

        string? Kind(string inner) => value.TryGetProperty(inner, out var kind) ? kind.ToString() : null;
        double Inner(string inner) => value.TryGetProperty(inner, out var number) ? Double(number, $"{key}.{inner}") : throw new ModelFormatException($"{name} has no '{key}.{inner}'.");
    }

    private JsonElement? Find(string key) => root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private double Double(JsonElement value, string key) => value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out var number)
        ? number
        : throw Wrong(key, "a number");

    private ModelFormatException Wrong(string key, string expected) => new($"{name}: '{key}' is not {expected}.");
}
