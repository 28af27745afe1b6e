namespace AgentOps.Models;

/// <summary>Who speaks.</summary>
public enum ChatRole { System, User, Assistant }

/// <summary>One message of a conversation.</summary>
/// <param name="Ids">An assistant's answer as it was sampled: these ids are kept, and <paramref name="Content"/> is not tokenised again.</param>
/// <param name="CarriesLoss">Whether an assistant's answer is to be learned from.</param>
public sealed record ChatMessage(ChatRole Role, string Content, IReadOnlyList<int>? Ids = null, bool CarriesLoss = true)
{
    public static ChatMessage System(string text) => new(ChatRole.System, text);

    public static ChatMessage User(string text) => new(ChatRole.User, text);

    public static ChatMessage Assistant(string text, bool carriesLoss = true) => new(ChatRole.Assistant, text, null, carriesLoss);

    public static ChatMessage Sampled(string text, IReadOnlyList<int> ids, bool carriesLoss = true) => new(ChatRole.Assistant, text, ids, carriesLoss);
}

/// <summary>A conversation's ids.</summary>
/// <param name="LossMask">As long as <paramref name="Ids"/>; true = predicting this id counts in the loss.</param>
public sealed record ChatIds(int[] Ids, bool[] LossMask)
{
    /// <summary>The runs of ids that count in the loss, each as start and length.</summary>
    public int[][] Spans()
    {
        var spans = new List<int[]>();
        for (var i = 0; i < LossMask.Length; i++)
            if (LossMask[i] && i > 0 && LossMask[i - 1])
                spans[^1][1]++;
            else if (LossMask[i])
                spans.Add([i, 1]);
        return [.. spans];
    }
}

/// <summary>The messages cannot be written in this template.</summary>
public sealed class ChatTemplateException(string message) : Exception(message);

/// <summary>
/// How the models made here see a conversation: <c>&lt;|user|&gt;…&lt;|assistant|&gt;…&lt;|end|&gt;&lt;|user|&gt;…</c>. A system message stands in front of the first user's text, with a line break between.
/// Every message is tokenised alone, so that the ids of a conversation begin with the ids of each of its beginnings. The spelling of a special token inside a message is only text.
/// </summary>
public static class ChatTemplate
{
    public const string PadToken = "<|pad|>";
    public const string UserToken = "<|user|>";
    public const string AssistantToken = "<|assistant|>";
    public const string EndToken = "<|end|>";
    public const int Pad = 0;
    public const int User = 1;
    public const int Assistant = 2;
    public const int End = 3;
    private const string SystemEnd = "\n";

    /// <summary>In the order of their ids, as <see cref="BpeTokenizer.Train"/> takes them.</summary>
    public static readonly IReadOnlyList<string> SpecialTokens = [PadToken, UserToken, AssistantToken, EndToken];

    /// <summary>The same template for other programs, as <c>chat_template</c> of <c>tokenizer_config.json</c>.</summary>
    public const string Jinja =
        "{%- if messages[0]['role'] == 'system' -%}{%- set system = messages[0]['content'] + '\\n' -%}{%- set turns = messages[1:] -%}"
        + "{%- else -%}{%- set system = '' -%}{%- set turns = messages -%}{%- endif -%}"
        + "{%- for message in turns -%}"
        + "{%- if loop.first and message['role'] != 'user' -%}{{ raise_exception('The first message after the system message must be the user\\'s.') }}"
        + "{%- elif message['role'] == 'user' -%}{{ '<|user|>' + (system if loop.first else '') + message['content'] }}"
        + "{%- elif message['role'] == 'assistant' -%}{{ '<|assistant|>' + message['content'] + '<|end|>' }}"
        + "{%- else -%}{{ raise_exception('Only system, user and assistant messages are known, the system message first.') }}{%- endif -%}"
        + "{%- endfor -%}"
        + "{%- if add_generation_prompt -%}{{ '<|assistant|>' }}{%- endif -%}";

    /// <summary>The ids of a conversation and which of them carry loss: the assistant's own ids and the end of its answer.</summary>
    /// <remarks>An answer that was cut off before its end gets one that carries no loss.</remarks>
    /// <exception cref="ChatTemplateException">The first message that is not the system's is not the user's, or a system message stands later.</exception>
    public static ChatIds Encode(BpeTokenizer tokenizer, IReadOnlyList<ChatMessage> messages)
    {
        var ids = new List<int>();
        var mask = new List<bool>();
        var system = messages is [{ Role: ChatRole.System }, ..] ? messages[0].Content + SystemEnd : "";
        foreach (var message in messages.Skip(system.Length > 0 ? 1 : 0))
        {
            Check(message, isFirst: ids.Count == 0);
            var own = message.Role == ChatRole.User ? UserIds(tokenizer, system + message.Content) : AnswerIds(tokenizer, message);
            system = "";
            ids.AddRange(own.Ids);
            mask.AddRange(own.LossMask);
        }
        return new([.. ids], [.. mask]);
    }

    /// <summary>The ids after which the model is to answer: the conversation and <c>&lt;|assistant|&gt;</c>.</summary>
    /// <exception cref="ChatTemplateException">As <see cref="Encode"/>; or the last message is not the user's.</exception>
    public static int[] Prompt(BpeTokenizer tokenizer, IReadOnlyList<ChatMessage> messages) => messages is [.., { Role: ChatRole.User }]
        ? [.. Encode(tokenizer, messages).Ids, Assistant]
        : throw new ChatTemplateException("The last message must be the user's: there is nothing to answer.");

    /// <exception cref="ModelFormatException">The tokenizer does not have this template's special tokens at their ids.</exception>
    public static void CheckTokenizer(BpeTokenizer tokenizer)
    {
        for (var id = 0; id < SpecialTokens.Count; id++)
            if (tokenizer.IdOf(SpecialTokens[id]) != id || !tokenizer.IsSpecial(id))
                throw new ModelFormatException($"The tokenizer has no special token {SpecialTokens[id]} with the id {id}: it was not made for the chat template of the models trained here.");
    }

    private static ChatIds UserIds(BpeTokenizer tokenizer, string text)
    {
        int[] ids = [User, .. tokenizer.EncodeText(text)];
        return new(ids, new bool[ids.Length]);
    }

    private static ChatIds AnswerIds(BpeTokenizer tokenizer, ChatMessage message)
    {
        IReadOnlyList<int> own = message.Ids ?? [.. tokenizer.EncodeText(message.Content), End];
        var isCutOff = own is not [.., End];
        int[] ids = isCutOff ? [Assistant, .. own, End] : [Assistant, .. own];
        var mask = new bool[ids.Length];
        if (message.CarriesLoss)
            mask.AsSpan(1, own.Count).Fill(true);
        return new(ids, mask);
    }

    private static void Check(ChatMessage message, bool isFirst)
    {
        if (message.Role == ChatRole.System)
            throw new ChatTemplateException("A system message must be the first message, and only that.");
        if (isFirst && message.Role != ChatRole.User)
            throw new ChatTemplateException("The first message after the system message must be the user's.");
        if (message.Ids is not null && message.Role != ChatRole.Assistant)
            throw new ChatTemplateException("Only an assistant's message can hold sampled ids.");
    }
}
