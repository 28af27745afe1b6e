using System.Buffers;

namespace AgentOps.Models;

/// <summary>Cuts text at added tokens: from left to right, the longest one where several begin.</summary>
internal sealed class AddedTokens
{
    private readonly Dictionary<char, AddedToken[]> _byFirst;
    private readonly SearchValues<char> _firsts;

    public AddedTokens(IEnumerable<AddedToken> tokens)
    {
        _byFirst = tokens.GroupBy(token => token.Content[0])
            .ToDictionary(group => group.Key, group => group.OrderByDescending(token => token.Content.Length).ToArray());
        _firsts = SearchValues.Create([.. _byFirst.Keys]);
    }

    /// <summary>The pieces in order: either text or one added token.</summary>
    public IEnumerable<(string Text, AddedToken? Token)> Cut(string text)
    {
        var start = 0;
        for (var at = Next(text, 0); at >= 0; at = Next(text, at))
        {
            if (Find(text, at) is not { } token)
            {
                at++;
                continue;
            }
            if (at > start)
                yield return (text[start..at], null);
            yield return (token.Content, token);
            start = at += token.Content.Length;
        }
        if (start < text.Length)
            yield return (text[start..], null);
    }

    private int Next(string text, int from)
    {
        var found = text.AsSpan(from).IndexOfAny(_firsts);
        return found < 0 ? -1 : from + found;
    }

    private AddedToken? Find(string text, int at) => Array.Find(_byFirst[text[at]],
        token => text.AsSpan(at).StartsWith(token.Content, StringComparison.Ordinal));
}
