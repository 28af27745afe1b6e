using System.Globalization;
using System.Text;

namespace AgentOps.Models;

/// <summary>
/// A text with one UTF-16 unit for each code point. .NET's classes such as \p{L} look at units, of which a code point beyond U+FFFF has two that are neither letter nor number;
/// here such a code point is represented by a character of its own category, as the regex engines of other tokenizers see it.
/// </summary>
internal readonly struct RegexView
{
    private readonly int[]? _starts;

    private RegexView(string text, int[]? starts)
    {
        Text = text;
        _starts = starts;
    }

    public string Text { get; }

    public int Length => Text.Length;

    /// <summary>Where the character of the view begins in the original text.</summary>
    public int Start(int index) => _starts is null ? index : _starts[index];

    public static RegexView Of(string text)
    {
        if (!text.AsSpan().ContainsAnyInRange('\ud800', '\udfff'))
            return new(text, null);
        var characters = new StringBuilder(text.Length);
        var starts = new List<int>(text.Length + 1);
        var at = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            starts.Add(at);
            // A lone surrogate comes as U+FFFD, which takes one unit like itself.
            characters.Append(rune.IsBmp ? (char)rune.Value : Representative(Rune.GetUnicodeCategory(rune)));
            at += rune.Utf16SequenceLength;
        }
        starts.Add(at);
        return new(characters.ToString(), [.. starts]);
    }

    private static char Representative(UnicodeCategory category) => category switch
    {
        UnicodeCategory.UppercaseLetter => '\u03a9',
        UnicodeCategory.LowercaseLetter => '\u03c9',
        UnicodeCategory.TitlecaseLetter => '\u01c5',
        UnicodeCategory.ModifierLetter => '\u02b0',
        UnicodeCategory.OtherLetter => '\u4e00',
        UnicodeCategory.NonSpacingMark => '\u0300',
        UnicodeCategory.SpacingCombiningMark => '\u0903',
        UnicodeCategory.EnclosingMark => '\u20dd',
        UnicodeCategory.DecimalDigitNumber => '\u0660',
        UnicodeCategory.LetterNumber => '\u2160',
        UnicodeCategory.OtherNumber => '\u2460',
        UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation or UnicodeCategory.ClosePunctuation
            or UnicodeCategory.InitialQuotePunctuation or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation => '\u00a1',
        UnicodeCategory.Format or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned => '\u00ad',
        _ => '\u2600',
    };
}
