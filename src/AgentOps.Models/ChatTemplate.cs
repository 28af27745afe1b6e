namespace AgentOps.Models;

/// <summary>
/// A tokenizer's conversations, in the <see cref="ChatFormat"/> that it was made for. Every message is tokenised alone, so that the ids of a conversation begin with the ids of each of its beginnings.
/// The spelling of a special token inside a message is only text.
/// </summary>
public sealed class ChatTemplate
{
    private const string SystemEnd = "\n";

    private readonly BpeTokenizer _tokenizer;
    private readonly Dictionary<ChatRole, (int[] Marks, string Text)> _heads;
    private readonly int[] _answerHead, _tail, _afterAnswer;

    private ChatTemplate(ChatFormat format, BpeTokenizer tokenizer)
    {
        (Format, _tokenizer) = (format, tokenizer);
        _heads = Enum.GetValues<ChatRole>().ToDictionary(role => role, role =>
        {
            var (marks, text) = format.Head(role.ToString().ToLowerInvariant());
            return (tokenizer.Encode(marks), text);
        });
        Begin = tokenizer.Encode(format.Begin);
        _answerHead = [.. _heads[ChatRole.Assistant].Marks, .. tokenizer.EncodeText(_heads[ChatRole.Assistant].Text)];
        _tail = tokenizer.Encode(format.Tail);
        _afterAnswer = tokenizer.Encode(format.AfterAnswer);
        End = tokenizer.IdOf(format.End)!.Value;
    }

    public ChatFormat Format { get; }

    /// <summary>In front of every conversation.</summary>
    public int[] Begin { get; }

    /// <summary>Ends an answer.</summary>
    public int End { get; }

    /// <returns>Null where the tokenizer was made for none of <see cref="ChatFormat.All"/>.</returns>
    public static ChatTemplate? Find(BpeTokenizer tokenizer) =>
        ChatFormat.All.FirstOrDefault(format => format.Marks.All(mark => tokenizer.IdOf(mark) is { } id && tokenizer.IsSpecial(id))) is { } format ? new(format, tokenizer) : null;

    /// <exception cref="ModelFormatException">The tokenizer was made for none of <see cref="ChatFormat.All"/>.</exception>
    public static ChatTemplate Of(BpeTokenizer tokenizer) => Find(tokenizer)
        ?? throw new ModelFormatException($"The tokenizer has the special tokens of no chat template that is known here: {string.Join("; ", ChatFormat.All.Select(format => $"{format.Name} has {string.Join(", ", format.Marks)}"))}.");

    /// <summary>Refuses a tokenizer before anything is done with it.</summary>
    /// <inheritdoc cref="Of"/>
    public static void Check(BpeTokenizer tokenizer) => Of(tokenizer);

    /// <summary>The ids of a conversation and which of them carry loss: the assistant's own ids and the end of its answer.</summary>
    /// <remarks>An answer that was cut off before its end gets one that carries no loss.</remarks>
    /// <exception cref="ChatTemplateException">The first message that is not the system's is not the user's, or a system message stands later.</exception>
    public ChatIds Encode(IReadOnlyList<ChatMessage> messages)
    {
        List<int> ids = [.. Begin];
        var mask = Begin.Select(_ => false).ToList();
        var (system, isFirst) = ("", true);
        foreach (var (index, message) in messages.Index())
        {
            if (index == 0 && message.Role == ChatRole.System)
            {
                if (Format.SystemInFirstUser)
                    system = message.Content + SystemEnd;
                else
                    Add(ReadIds(message.Role, message.Content));
                continue;
            }
            Check(message, isFirst);
            Add(message.Role == ChatRole.User ? ReadIds(message.Role, system + message.Content) : AnswerIds(message));
            (system, isFirst) = ("", false);
        }
        return new([.. ids], [.. mask]);

        void Add(ChatIds own)
        {
            ids.AddRange(own.Ids);
            mask.AddRange(own.LossMask);
        }
    }

    /// <summary>The ids after which the model is to answer: the conversation and the beginning of an answer.</summary>
    /// <exception cref="ChatTemplateException">As <see cref="Encode"/>; or the last message is not the user's.</exception>
    public int[] Prompt(IReadOnlyList<ChatMessage> messages) => messages is [.., { Role: ChatRole.User }]
        ? [.. Encode(messages).Ids, .. _answerHead]
        : throw new ChatTemplateException("The last message must be the user's: there is nothing to answer.");

    private ChatIds ReadIds(ChatRole role, string content)
    {
        int[] ids = [.. _heads[role].Marks, .. _tokenizer.EncodeText(_heads[role].Text + content), .. _tail];
        return new(ids, new bool[ids.Length]);
    }

    private ChatIds AnswerIds(ChatMessage message)
    {
        IReadOnlyList<int> own = message.Ids ?? [.. _tokenizer.EncodeText(message.Content), End];
        var isCutOff = own.Count == 0 || own[^1] != End;
        int[] ids = [.. _answerHead, .. own, .. isCutOff ? [End] : Array.Empty<int>(), .. _afterAnswer];
        var mask = new bool[ids.Length];
        if (message.CarriesLoss)
            mask.AsSpan(_answerHead.Length, own.Count).Fill(true);
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
