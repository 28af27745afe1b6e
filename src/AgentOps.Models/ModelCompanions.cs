using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentOps.Models;

/// <summary>The small files of a model folder that other programs read beside configuration, weights and tokenizer.</summary>
internal static class ModelCompanions
{
    private const string TokenizerConfig = "tokenizer_config.json";
    private const string GenerationConfig = "generation_config.json";
    private const string SpecialTokensMap = "special_tokens_map.json";
    private const string TemplateFile = "chat_template.jinja";
    private static readonly string[] Names = [TokenizerConfig, GenerationConfig, SpecialTokensMap, TemplateFile];

    public static SortedDictionary<string, byte[]> Load(string folder)
    {
        var found = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach (var name in Names)
            if (File.Exists(Path.Combine(folder, name)))
                found.Add(name, JsonFile.ReadBytes(Path.Combine(folder, name)));
        return found;
    }

    /// <summary>Those of a model trained here.</summary>
    public static SortedDictionary<string, byte[]> Of(ModelConfig config, BpeTokenizer tokenizer)
    {
        var format = tokenizer.Chat.Format;
        return new(StringComparer.Ordinal)
        {
            [TokenizerConfig] = WriteTokenizerConfig(config, tokenizer, format),
            [GenerationConfig] = JsonFile.Write(writer =>
            {
                ModelConfig.WriteOptional(writer, "bos_token_id", config.BosTokenId);
                config.WriteEos(writer);
                ModelConfig.WriteOptional(writer, "pad_token_id", config.PadTokenId);
            }),
            [SpecialTokensMap] = JsonFile.Write(writer => WriteEndAndPad(writer, tokenizer, format)),
        };
    }

    /// <summary>With this chat template, and its end among those that end an answer; what says so already keeps its bytes.</summary>
    /// <exception cref="ModelFormatException">One of them is malformed.</exception>
    public static IReadOnlyDictionary<string, byte[]> AskedAsHere(IReadOnlyDictionary<string, byte[]> companions, ChatTemplate chat)
    {
        var changed = new SortedDictionary<string, byte[]>(companions.ToDictionary(), StringComparer.Ordinal);
        Change(changed, TokenizerConfig, config => config["chat_template"] is JsonValue said && said.TryGetValue(out string? text) && text == chat.Format.Jinja, config => config["chat_template"] = chat.Format.Jinja);
        var ends = EosTokenIds(companions);
        Change(changed, GenerationConfig, _ => ends.Contains(chat.End), config => config["eos_token_id"] = new JsonArray([.. ends.Append(chat.End).Select(id => JsonValue.Create(id))]));
        if (companions.ContainsKey(TemplateFile) || !companions.ContainsKey(TokenizerConfig))
            changed[TemplateFile] = Encoding.UTF8.GetBytes(chat.Format.Jinja);
        return changed;
    }

    private static void Change(SortedDictionary<string, byte[]> companions, string name, Func<JsonObject, bool> isSo, Action<JsonObject> change)
    {
        if (!companions.TryGetValue(name, out var json))
            return;
        using var document = JsonFile.ParseObject(json, name);
        var config = JsonObject.Create(document.RootElement)!;
        if (isSo(config))
            return;
        change(config);
        companions[name] = Encoding.UTF8.GetBytes(config.ToJsonString(new() { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }));
    }

    public static IReadOnlyList<int> EosTokenIds(IReadOnlyDictionary<string, byte[]> companions)
    {
        if (!companions.TryGetValue(GenerationConfig, out var json))
            return [];
        using var document = JsonFile.ParseObject(json, GenerationConfig);
        return new ConfigKeys(document.RootElement, GenerationConfig).Ints("eos_token_id");
    }

    private static byte[] WriteTokenizerConfig(ModelConfig config, BpeTokenizer tokenizer, ChatFormat format) => JsonFile.Write(writer =>
    {
        writer.WriteStartObject("added_tokens_decoder");
        foreach (var token in tokenizer.AddedTokens)
        {
            writer.WriteStartObject(token.Id.ToString());
            writer.WriteString("content", token.Content);
            foreach (var flag in new[] { "lstrip", "normalized", "rstrip", "single_word" })
                writer.WriteBoolean(flag, false);
            writer.WriteBoolean("special", token.Special);
            writer.WriteEndObject();
        }
        writer.WriteEndObject();
        writer.WriteNull("bos_token");
        writer.WriteString("chat_template", format.Jinja);
        writer.WriteBoolean("clean_up_tokenization_spaces", false);
        writer.WriteString("errors", "replace");
        writer.WriteNumber("model_max_length", config.MaxPositions);
        writer.WriteString("tokenizer_class", "PreTrainedTokenizerFast");
        writer.WriteNull("unk_token");
        WriteEndAndPad(writer, tokenizer, format);
    });

    private static void WriteEndAndPad(Utf8JsonWriter writer, BpeTokenizer tokenizer, ChatFormat format)
    {
        writer.WriteString("eos_token", format.End);
        if (tokenizer.IdOf(format.Pad) is not null)
            writer.WriteString("pad_token", format.Pad);
    }
}
