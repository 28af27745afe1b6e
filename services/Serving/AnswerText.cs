using AgentOps.Models;

namespace AgentOps.Serving;

/// <summary>An answer's text as its tokens arrive: special tokens left out, and ended by the first stop text, which is not part of it. What may still become a stop text is held back.</summary>
internal sealed class AnswerText(BpeTokenizer tokenizer, IReadOnlyList<string> stops)
{
    private readonly TokenStream _stream = new(tokenizer, skipSpecial: true);
    private string _held = "";

    /// <summary>Whether a stop text has appeared; nothing follows it.</summary>
    public bool Stopped { get; private set; }

    /// <returns>The text that is certain after this token; often none.</returns>
    public string Append(int id) => Advance(_stream.Append(id), isLast: false);

    /// <returns>What was still held back.</returns>
    public string Finish() => Stopped ? "" : Advance(_stream.Finish(), isLast: true);

    private string Advance(string more, bool isLast)
    {
        var text = _held + more;
        var end = stops.Select(stop => text.IndexOf(stop, StringComparison.Ordinal)).Where(at => at >= 0).DefaultIfEmpty(-1).Min();
        if (end >= 0)
        {
            Stopped = true;
            return text[..end];
        }
        var certain = isLast ? text.Length : text.Length - LongestBeginning(text);
        _held = text[certain..];
        return text[..certain];
    }

    /// <summary>How much of the text's end could be the beginning of a stop text.</summary>
    private int LongestBeginning(string text)
    {
        var most = Math.Min(text.Length, stops.Select(stop => stop.Length - 1).DefaultIfEmpty(0).Max());
        for (var length = most; length > 0; length--)
            if (stops.Any(stop => stop.Length > length && text.AsSpan(text.Length - length).Equals(stop.AsSpan(0, length), StringComparison.Ordinal)))
                return length;
        return 0;
    }
}
