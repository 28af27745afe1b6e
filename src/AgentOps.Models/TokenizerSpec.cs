namespace AgentOps.Models;

/// <summary>What a <c>tokenizer.json</c> says, understood.</summary>
internal sealed record TokenizerSpec(
    IReadOnlyDictionary<string, int> Vocabulary,
    IReadOnlyList<(int Left, int Right, int Joined)> Merges,
    IReadOnlyList<AddedToken> Added,
    PreTokenizer PreTokenizer)
{
    public bool IgnoreMerges { get; init; }

    public Func<string, string> Normalize { get; init; } = text => text;

    /// <summary>The file that it was read from, byte for byte.</summary>
    public byte[]? Source { get; init; }
}
