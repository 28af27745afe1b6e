using System.Buffers;
using System.Globalization;
using System.Text;

namespace AgentOps.Proofs;

/// <summary>Text from elsewhere, for a terminal.</summary>
public static class PlainText
{
    /// <summary>
    /// With a question mark for each control character, which a terminal would obey, and for each character that is not seen but changes what is: one that turns the direction
    /// of writing, or has no width, so that two names that differ look different. Scripts and emoji that join their signs by such characters lose the joint.
    /// </summary>
    public static string Of(string text)
    {
        var plain = new StringBuilder(text.Length);
        for (var at = 0; at < text.Length;)
        {
            var shown = IsShown(text.AsSpan(at), out var length);
            plain.Append(shown ? text.AsSpan(at, length) : "?");
            at += length;
        }
        return plain.ToString();
    }

    /// <summary>Whether <see cref="Of"/> has nothing to replace.</summary>
    public static bool Is(string text) => Of(text) == text;

    /// <summary>Also half a surrogate pair is no character that could be shown.</summary>
    private static bool IsShown(ReadOnlySpan<char> text, out int length) =>
        Rune.DecodeFromUtf16(text, out var rune, out length) == OperationStatus.Done && Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator) && !IsBlank(rune.Value);

    /// <summary>Letters, marks and signs that leave nothing on the screen: fillers, joiners, selectors of a variant, the empty pattern of Braille (Unicode's Default_Ignorable_Code_Point beyond the categories above).</summary>
    private static bool IsBlank(int character) => character is 0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or (>= 0x180B and <= 0x180F) or 0x2800 or 0x3164 or 0xFFA0 or (>= 0xFE00 and <= 0xFE0F) or (>= 0xE0000 and <= 0xE0FFF);
}
