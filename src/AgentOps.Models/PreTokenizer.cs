using System.Text.RegularExpressions;

namespace AgentOps.Models;

/// <summary>Cuts text into the words inside which tokens are joined: each pattern cuts what the one before left, matches and the gaps between them alike.</summary>
internal sealed class PreTokenizer(IReadOnlyList<Regex> patterns)
{
    /// <summary>GPT-2's split, in which a leading space belongs to the word.</summary>
    public static readonly PreTokenizer Gpt2 = new([SplitPatterns.Of(SplitPatterns.Gpt2Pattern, "")]);

    /// <exception cref="ModelFormatException">A pattern takes too long on this text.</exception>
    public void Split(string text, Action<ReadOnlySpan<char>> word)
    {
        var view = RegexView.Of(text);
        try
        {
            Split(view, text, 0, view.Length, 0, word);
        }
        catch (RegexMatchTimeoutException error)
        {
            throw new ModelFormatException($"The tokenizer's split pattern '{error.Pattern}' takes more than {error.MatchTimeout.TotalSeconds:0} s on a text of {text.Length} characters: shorten the text.", error);
        }
    }

    private void Split(RegexView view, string text, int from, int to, int level, Action<ReadOnlySpan<char>> word)
    {
        if (from == to)
            return;
        if (level == patterns.Count)
        {
            word(text.AsSpan(view.Start(from)..view.Start(to)));
            return;
        }
        var at = from;
        foreach (var match in patterns[level].EnumerateMatches(view.Text.AsSpan(from, to - from)))
        {
            var start = from + match.Index;
            Split(view, text, at, start, level + 1, word);
            Split(view, text, start, at = start + match.Length, level + 1, word);
        }
        Split(view, text, at, to, level + 1, word);
    }
}
