namespace AgentOps.Models;

/// <summary>The special tokens of the models made here, <see cref="ChatFormat.Own"/>, and their ids.</summary>
public static class ChatTokens
{
    public const string PadToken = "<|pad|>";
    public const string UserToken = "<|user|>";
    public const string AssistantToken = "<|assistant|>";
    public const string EndToken = "<|end|>";
    public const int Pad = 0;
    public const int User = 1;
    public const int Assistant = 2;
    public const int End = 3;

    /// <summary>In the order of their ids, as <see cref="BpeTokenizer.Train"/> takes them.</summary>
    public static readonly IReadOnlyList<string> All = [PadToken, UserToken, AssistantToken, EndToken];
}
