using System.Text.Json;

namespace AgentOps.Models;

/// <summary>Hugging Face's <c>tokenizer.json</c> for byte-level BPE.</summary>
internal static class TokenizerJson
{
    private const int MostTokens = 1 << 22;

    public static TokenizerSpec Read(ReadOnlyMemory<byte> json, string name)
    {
        using var document = JsonFile.ParseObject(json, name);
        var root = document.RootElement;
        var part = new TokenizerParts(name);
        var model = part.Object(root, "model");
        part.CheckModel(model);
        var vocabulary = Vocabulary(part.Object(model, "vocab"), name);
        var (patterns, normalize) = (part.Patterns(root), part.Normalizer(root));
        part.CheckDecoder(root);
        return new(vocabulary, Merges(model, vocabulary, name), Added(root, vocabulary, name), new(patterns))
        {
            IgnoreMerges = TokenizerParts.Flag(model, "ignore_merges"),
            Normalize = normalize,
            Source = json.ToArray(),
        };
    }

    public static byte[] Write(TokenizerSpec spec) => JsonFile.Write(writer =>
    {
        var spellings = spec.Vocabulary.ToDictionary(entry => entry.Value, entry => entry.Key);
        writer.WriteString("version", "1.0");
        writer.WriteNull("truncation");
        writer.WriteNull("padding");
        writer.WriteStartArray("added_tokens");
        foreach (var token in spec.Added)
            WriteAdded(writer, token);
        writer.WriteEndArray();
        writer.WriteNull("normalizer");
        WriteByteLevel(writer, "pre_tokenizer", addPrefixSpace: false);
        writer.WriteNull("post_processor");
        WriteByteLevel(writer, "decoder", addPrefixSpace: true);
        writer.WriteStartObject("model");
        writer.WriteString("type", "BPE");
        foreach (var key in new[] { "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix" })
            writer.WriteNull(key);
        foreach (var key in new[] { "fuse_unk", "byte_fallback", "ignore_merges" })
            writer.WriteBoolean(key, false);
        writer.WriteStartObject("vocab");
        foreach (var (id, spelling) in spellings.OrderBy(entry => entry.Key))
            writer.WriteNumber(spelling, id);
        writer.WriteEndObject();
        writer.WriteStartArray("merges");
        foreach (var (left, right, _) in spec.Merges)
            // The older of the two spellings, which every reader knows; no byte-level token holds a space.
            writer.WriteStringValue($"{spellings[left]} {spellings[right]}");
        writer.WriteEndArray();
        writer.WriteEndObject();
    });

    private static Dictionary<string, int> Vocabulary(JsonElement vocab, string name)
    {
        var ids = new HashSet<int>();
        var vocabulary = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (var token in vocab.EnumerateObject())
        {
            if (token.Value.ValueKind != JsonValueKind.Number || !token.Value.TryGetInt32(out var id) || id is < 0 or >= MostTokens || !ids.Add(id))
                throw new ModelFormatException($"{name}: the token '{token.Name}' has the id {token.Value}, which is no id below {MostTokens} or stands twice.");
            vocabulary.Add(token.Name, id);
        }
        for (var value = 0; value < 256; value++)
            if (!vocabulary.ContainsKey(ByteLevel.CharacterOf((byte)value).ToString()))
                throw new ModelFormatException($"{name} has no token for the byte {value}: only byte-level BPE is supported here.");
        return vocabulary;
    }

    private static List<(int Left, int Right, int Joined)> Merges(JsonElement model, Dictionary<string, int> vocabulary, string name)
    {
        if (!model.TryGetProperty("merges", out var list) || list.ValueKind != JsonValueKind.Array)
            throw new ModelFormatException($"{name}: the model has no list 'merges'.");
        var merges = new List<(int, int, int)>(list.GetArrayLength());
        foreach (var merge in list.EnumerateArray())
        {
            var pair = merge.ValueKind switch
            {
                JsonValueKind.String => merge.GetString()!.Split(' '),
                JsonValueKind.Array when merge.EnumerateArray().All(side => side.ValueKind == JsonValueKind.String) => [.. merge.EnumerateArray().Select(side => side.GetString()!)],
                _ => [],
            };
            if (pair.Length != 2 || !vocabulary.TryGetValue(pair[0], out var left) || !vocabulary.TryGetValue(pair[1], out var right)
                || !vocabulary.TryGetValue(pair[0] + pair[1], out var joined))
                throw new ModelFormatException($"{name}: the merge {merge.GetRawText()} does not name two tokens of the vocabulary whose join is one too.");
            merges.Add((left, right, joined));
        }
        return merges;
    }

    private static AddedToken[] Added(JsonElement root, Dictionary<string, int> vocabulary, string name)
    {
        if (!root.TryGetProperty("added_tokens", out var list) || list.ValueKind != JsonValueKind.Array)
            return [];
        var spellings = vocabulary.ToDictionary(entry => entry.Value, entry => entry.Key);
        var added = new SortedDictionary<int, AddedToken>();
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind != JsonValueKind.Object
                || !item.TryGetProperty("id", out var idValue) || idValue.ValueKind != JsonValueKind.Number || !idValue.TryGetInt32(out var id) || id is < 0 or >= MostTokens
                || !item.TryGetProperty("content", out var content) || content.ValueKind != JsonValueKind.String || content.GetString() is not { Length: > 0 } text)
                throw new ModelFormatException($"{name}: the added token {item.GetRawText()} has no id below {MostTokens} or no content.");
            foreach (var flag in new[] { "lstrip", "rstrip", "single_word" })
                if (TokenizerParts.Flag(item, flag))
                    throw new ModelFormatException($"{name}: the added token '{text}' asks for {flag}, which is not supported here.");
            var taken = spellings.TryGetValue(id, out var other) && other != text || vocabulary.TryGetValue(text, out var otherId) && otherId != id;
            if (taken || !added.TryAdd(id, new(id, text, TokenizerParts.Flag(item, "special"), TokenizerParts.Flag(item, "normalized"))))
                throw new ModelFormatException($"{name}: the added token '{text}' and another token claim the same id or spelling.");
        }
        return [.. added.Values];
    }

    private static void WriteAdded(Utf8JsonWriter writer, AddedToken token)
    {
        writer.WriteStartObject();
        writer.WriteNumber("id", token.Id);
        writer.WriteString("content", token.Content);
        foreach (var flag in new[] { "single_word", "lstrip", "rstrip" })
            writer.WriteBoolean(flag, false);
        writer.WriteBoolean("normalized", token.Normalized);
        writer.WriteBoolean("special", token.Special);
        writer.WriteEndObject();
    }

    private static void WriteByteLevel(Utf8JsonWriter writer, string key, bool addPrefixSpace)
    {
        writer.WriteStartObject(key);
        writer.WriteString("type", "ByteLevel");
        writer.WriteBoolean("add_prefix_space", addPrefixSpace);
        writer.WriteBoolean("trim_offsets", true);
        writer.WriteBoolean("use_regex", true);
        writer.WriteEndObject();
    }
}
