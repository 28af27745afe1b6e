using System.Text.Json;
using System.Text.RegularExpressions;

namespace AgentOps.Models;

/// <summary>The parts of a <c>tokenizer.json</c> around its vocabulary: each is understood or refused with a sentence, never passed over.</summary>
internal sealed class TokenizerParts(string name)
{
    private const int MostSteps = 16;

    public JsonElement Object(JsonElement parent, string key) => parent.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.Object
        ? value
        : throw new ModelFormatException($"{name} has no object '{key}'.");

    public static bool Flag(JsonElement parent, string key) => parent.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.True;

    public void CheckModel(JsonElement model)
    {
        // Old files leave the type of a BPE model out.
        if (Type(model) is not ("BPE" or ""))
            throw Unsupported($"a model of type '{Type(model)}'");
        foreach (var key in new[] { "continuing_subword_prefix", "end_of_word_suffix" })
            if (model.TryGetProperty(key, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() != "")
                throw Unsupported(key);
        if (model.TryGetProperty("dropout", out var dropout) && dropout.ValueKind == JsonValueKind.Number && dropout.GetDouble() != 0)
            throw Unsupported("dropout");
        if (Flag(model, "byte_fallback"))
            throw Unsupported("byte_fallback");
    }

    public void CheckDecoder(JsonElement root)
    {
        if (root.TryGetProperty("decoder", out var decoder) && decoder.ValueKind == JsonValueKind.Object && Type(decoder) != "ByteLevel")
            throw Unsupported($"a decoder of type '{Type(decoder)}'");
    }

    public Func<string, string> Normalizer(JsonElement root)
    {
        foreach (var step in Steps(root, "normalizer", "normalizers"))
            if (Type(step) != "NFC")
                throw Unsupported($"a normalizer of type '{Type(step)}'");
        return Steps(root, "normalizer", "normalizers").Count == 0 ? text => text : CanonicalComposition.Of;
    }

    /// <summary>The split patterns in order. The last step must be ByteLevel, without which the tokens would not be bytes.</summary>
    public IReadOnlyList<Regex> Patterns(JsonElement root)
    {
        var patterns = new List<Regex>();
        var steps = Steps(root, "pre_tokenizer", "pretokenizers");
        if (steps.Count == 0 || Type(steps[^1]) != "ByteLevel")
            throw Unsupported("a pre_tokenizer that does not end in ByteLevel");
        foreach (var step in steps)
            if (Pattern(step) is { } pattern)
                patterns.Add(SplitPatterns.Of(pattern, name));
        return patterns;
    }

    private string? Pattern(JsonElement step)
    {
        switch (Type(step))
        {
            case "ByteLevel" when Flag(step, "add_prefix_space"):
                throw Unsupported("add_prefix_space");
            case "ByteLevel":
                // GPT-2's own files leave use_regex out and mean it.
                return step.TryGetProperty("use_regex", out var use) && use.ValueKind == JsonValueKind.False ? null : SplitPatterns.Gpt2Pattern;
            case "Digits":
                return Flag(step, "individual_digits") ? SplitPatterns.DigitPattern : SplitPatterns.NumberPattern;
            case "Split" when Flag(step, "invert") || Text(step, "behavior") != "Isolated":
                throw Unsupported($"an inverted split or one with the behaviour '{Text(step, "behavior")}'");
            case "Split":
                var pattern = Object(step, "pattern");
                return pattern.TryGetProperty("Regex", out var regex) ? regex.ToString()
                    : pattern.TryGetProperty("String", out var text) ? Regex.Escape(text.ToString())
                    : throw Unsupported("a split without a pattern");
            case var type:
                throw Unsupported($"a pre_tokenizer of type '{type}'");
        }
    }

    /// <summary>A part that is absent, one step, or a Sequence of steps.</summary>
    private IReadOnlyList<JsonElement> Steps(JsonElement root, string key, string listKey)
    {
        if (!root.TryGetProperty(key, out var part) || part.ValueKind == JsonValueKind.Null)
            return [];
        if (part.ValueKind != JsonValueKind.Object)
            throw new ModelFormatException($"{name}: '{key}' is not an object.");
        if (Type(part) != "Sequence")
            return [part];
        if (!part.TryGetProperty(listKey, out var list) || list.ValueKind != JsonValueKind.Array || list.GetArrayLength() > MostSteps)
            throw new ModelFormatException($"{name}: '{key}' is a Sequence without a list of at most {MostSteps} '{listKey}'.");
        return [.. list.EnumerateArray().Select(step => step.ValueKind == JsonValueKind.Object ? step : throw new ModelFormatException($"{name}: a step of '{key}' is not an object."))];
    }

    private static string Type(JsonElement part) => Text(part, "type");

    private static string Text(JsonElement part, string key) => part.TryGetProperty(key, out var text) ? text.ToString() : "";

    private ModelFormatException Unsupported(string what) => new($"{name} asks for {what}, which is not supported here: use a byte-level BPE tokenizer without it.");
}
