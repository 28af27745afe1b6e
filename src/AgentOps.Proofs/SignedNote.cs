using System.Text;

namespace AgentOps.Proofs;

/// <summary>A signature line of a note.</summary>
/// <param name="Name">Of the key: no space and no plus.</param>
/// <param name="KeyId">4 bytes.</param>
public sealed record NoteSignature(string Name, byte[] KeyId, byte[] Bytes);

/// <summary>Text signed by one or more keys, as C2SP signed-note has it: the text, an empty line, and a line for each signature.</summary>
/// <param name="Text">Ends with a newline, which the signatures cover; the empty line they do not.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    public const int MostCharacters = 65_536;
    private const int KeyIdBytes = 4;
    private const string Dash = "— ";

    /// <exception cref="FormatException">It is not a note.</exception>
    public static SignedNote Parse(string note)
    {
        CheckCharacters(note);
        var end = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (end < 0 || !note.EndsWith('\n'))
            throw new FormatException("A note is a text, an empty line and signature lines, each ended by a newline.");
        return new(note[..(end + 1)], ParseLines(note[(end + 2)..]));
    }

    /// <summary>Reads signature lines that stand alone, as a witness answers with them.</summary>
    /// <exception cref="FormatException">There is none, or a line is something else.</exception>
    public static IReadOnlyList<NoteSignature> ParseLines(string lines)
    {
        CheckCharacters(lines);
        return lines.Split('\n', StringSplitOptions.RemoveEmptyEntries) is { Length: > 0 } all ? [.. all.Select(Line)] : throw new FormatException("The note has no signature.");
    }

    public override string ToString()
    {
        var note = new StringBuilder(Text).Append('\n');
        foreach (var signature in Signatures)
            note.Append(Line(signature));
        return note.ToString();
    }

    /// <summary>One signature's line, with its newline.</summary>
    public static string Line(NoteSignature signature) => $"{Dash}{signature.Name} {Convert.ToBase64String([.. signature.KeyId, .. signature.Bytes])}\n";

    private static void CheckCharacters(string text)
    {
        if (text.Length > MostCharacters)
            throw new FormatException($"A note of more than {MostCharacters} characters is refused.");
        if (text.Any(character => character is < ' ' and not '\n'))
            throw new FormatException("A note has no control characters but newlines.");
    }

    private static NoteSignature Line(string line)
    {
        var parts = line.Split(' ');
        var bytes = new byte[line.Length];
        if (!line.StartsWith(Dash, StringComparison.Ordinal) || parts is not [_, { Length: > 0 } name, var encoded] || name.Contains('+', StringComparison.Ordinal)
            || !Convert.TryFromBase64String(encoded, bytes, out var count) || count <= KeyIdBytes)
            throw new FormatException($"'{line}' is not a signature line: a dash, the key's name, and base64 of its id and the signature.");
        return new(name, bytes[..KeyIdBytes], bytes[KeyIdBytes..count]);
    }
}
