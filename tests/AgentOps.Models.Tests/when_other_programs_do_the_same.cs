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

    [Theory]
    [InlineData("chatml", "ChatML")]
    [InlineData("llama3", "Llama 3")]
    public void A_chat_in_the_words_of_another_family_has_the_ids_of_what_its_template_gives(string name, string format)
    {
        var tokenizer = BpeTokenizer.Load(File($"tokenizers/chat-{name}.json"));
        var golden = Read<Chat?[]>($"golden-chat-{name}.json");
        var conversations = Read<Conversation[]>("conversations.json");

        Assert.Equal(format, tokenizer.Chat.Format.Name);
        Assert.Equal(Read<Dictionary<string, string>>("chat-templates.json")[name], tokenizer.Chat.Format.Jinja);
        Assert.Equal(golden.Length, conversations.Length);
        Assert.Contains(golden, chat => chat is null);
        for (var i = 0; i < golden.Length; i++)
        {
            Assert.Equal(golden[i]?.Text, Rendered(tokenizer, conversations[i]));
            Assert.Equal(golden[i]?.Ids, IdsOf(tokenizer, conversations[i]));
        }
    }

    [Fact]
    public void Training_on_the_same_text_gives_the_golden_bytes()
    {
        var tokenizer = BpeTokenizer.Train(System.IO.File.ReadLines(File("corpus.txt")), 700, ChatTokens.All);

        Assert.Equal(System.IO.File.ReadAllText(File("tokenizers/ours.json")), System.Text.Encoding.UTF8.GetString(tokenizer.ToJson()));
    }

    [Fact]
    public void The_rendered_template_is_the_one_that_models_are_saved_with()
    {
        using var config = JsonDocument.Parse(System.IO.File.ReadAllBytes(File("tokenizer_config.json")));

        Assert.Equal(ChatFormat.Own.Jinja, config.RootElement.GetProperty("chat_template").GetString());
    }

    private static string? Rendered(BpeTokenizer tokenizer, Conversation conversation) => IdsOf(tokenizer, conversation) is { } ids ? tokenizer.Decode(ids) : null;

    private static int[]? IdsOf(BpeTokenizer tokenizer, Conversation conversation)
    {
        ChatMessage[] messages = [.. conversation.Messages.Select(m => new ChatMessage(Enum.Parse<ChatRole>(m.Role, ignoreCase: true), m.Content))];
        try
        {
            return conversation.AddGenerationPrompt ? tokenizer.Chat.Prompt(messages) : tokenizer.Chat.Encode(messages).Ids;
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

    private sealed record Chat(string Text, int[] Ids);

    private sealed record Message(string Role, string Content);
}
