using System.Text.Json;

namespace AgentOps.Models.Tests;

/// <summary>Compares with the golden files of compatibility/, whose README says how Hugging Face's own programs made them.</summary>
public sealed class When_other_programs_do_the_same
{
    private static readonly JsonSerializerOptions SnakeCase = new() { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower };

    [Theory]
    [InlineData("ours")]
    [InlineData("qwen")]
    [InlineData("llama3")]
    [InlineData("digits")]
    public void The_ids_are_those_of_hugging_face(string name)
    {
        var texts = Read<string[]>("texts.json");
        var golden = Read<Dictionary<string, int[][]>>("golden-ids.json")[name];
        var tokenizer = BpeTokenizer.Load(File($"tokenizers/{name}.json"));

        Assert.Equal(texts.Length, golden.Length);
        for (var i = 0; i < texts.Length; i++)
            Assert.Equal((texts[i], string.Join(' ', golden[i])), (texts[i], string.Join(' ', tokenizer.Encode(texts[i]))));
    }

    [Fact]
    public void A_chat_is_the_text_that_the_jinja_template_gives()
    {
        var tokenizer = BpeTokenizer.Load(File("tokenizers/ours.json"));
        var golden = Read<string?[]>("golden-chat.json");
        var conversations = Read<Conversation[]>("conversations.json");

        Assert.Equal(golden.Length, conversations.Length);
        for (var i = 0; i < golden.Length; i++)
            Assert.Equal(golden[i], Rendered(tokenizer, conversations[i]));
    }

    [Fact]
    public void Training_on_the_same_text_gives_the_golden_bytes()
    {
        var tokenizer = BpeTokenizer.Train(System.IO.File.ReadLines(File("corpus.txt")), 700, ChatTemplate.SpecialTokens);

        Assert.Equal(System.IO.File.ReadAllText(File("tokenizers/ours.json")), System.Text.Encoding.UTF8.GetString(tokenizer.ToJson()));
    }

    [Fact]
    public void The_rendered_template_is_the_one_that_models_are_saved_with()
    {
        using var config = JsonDocument.Parse(System.IO.File.ReadAllBytes(File("tokenizer_config.json")));

        Assert.Equal(ChatTemplate.Jinja, config.RootElement.GetProperty("chat_template").GetString());
    }

    private static string? Rendered(BpeTokenizer tokenizer, Conversation conversation)
    {
        ChatMessage[] messages = [.. conversation.Messages.Select(m => new ChatMessage(Enum.Parse<ChatRole>(m.Role, ignoreCase: true), m.Content))];
        try
        {
            return tokenizer.Decode(conversation.AddGenerationPrompt ? ChatTemplate.Prompt(tokenizer, messages) : ChatTemplate.Encode(tokenizer, messages).Ids);
        }
        catch (ChatTemplateException)
        {
            return null;
        }
    }

    private static T Read<T>(string name) =>
        JsonSerializer.Deserialize<T>(System.IO.File.ReadAllBytes(File(name)), SnakeCase)!;

    private static string File(string name) => Path.Combine(AppContext.BaseDirectory, "compatibility", name);

    private sealed record Conversation(Message[] Messages, bool AddGenerationPrompt);

    private sealed record Message(string Role, string Content);
}
