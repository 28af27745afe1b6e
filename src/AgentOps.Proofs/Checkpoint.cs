using System.Globalization;

namespace AgentOps.Proofs;

/// <summary>What a log says of itself at a size, as C2SP tlog-checkpoint has it: three lines that a key signs.</summary>
/// <param name="Origin">Which log; the name of its key as well.</param>
/// <param name="Size">Leaves, here the position of the last event.</param>
/// <param name="Root">The RFC 6962 tree hash over them, 32 bytes.</param>
public sealed record Checkpoint(string Origin, long Size, byte[] Root)
{
    /// <summary>The lines, each ended by a newline.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Convert.ToBase64String(Root)}\n");

    /// <summary>Reads a note's checkpoint after a look at its signature.</summary>
    /// <exception cref="FormatException">It is no checkpoint, of another log, or not signed by this key.</exception>
    public static Checkpoint Open(string note, NoteKey key)
    {
        var signed = SignedNote.Parse(note);
        if (!key.Verifies(signed))
            throw new FormatException($"The checkpoint is not signed by {key.Name}, key {Convert.ToHexStringLower(key.Id)}.");
        var checkpoint = Parse(signed.Text);
        return checkpoint.Origin == key.Name ? checkpoint : throw new FormatException($"The checkpoint is of the log '{checkpoint.Origin}', not of '{key.Name}'.");
    }

    /// <summary>Reads the lines of <see cref="Text"/>, whoever wrote them.</summary>
    /// <exception cref="FormatException">It is no checkpoint.</exception>
    public static Checkpoint Parse(string text)
    {
        var lines = text.Split('\n');
        var root = new byte[32];
        if (lines is not [{ Length: > 0 } origin, var size, { Length: 44 } encoded, .. var further, ""] || further.Contains("") || !Convert.TryFromBase64String(encoded, root, out var count) || count != root.Length)
            throw new FormatException("A checkpoint has an origin, a size and the base64 of 32 bytes, each on its line.");
        return long.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out var leaves) && size == leaves.ToString(CultureInfo.InvariantCulture)
            ? new(origin, leaves, root)
            : throw new FormatException($"'{size}' is not the size of a tree.");
    }
}
