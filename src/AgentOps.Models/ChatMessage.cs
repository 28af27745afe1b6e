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
