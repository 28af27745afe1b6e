using System.Text.Json;

namespace AgentOps.Proofs;

/// <summary>
/// How a log comes to another key: an event of the log holds a note in which the old key names the new one, signed by both, so that whoever has
/// the first key can follow. The log keeps the name that its first key gave it.
/// </summary>
public static class KeyRotation
{
    /// <summary>The event's permanent name.</summary>
    public const string EventType = "log.key-rotated.v1";

    /// <summary>The member of the event's data that holds the note.</summary>
    private const string Member = "statement";

    // Nothing that a log signs begins like this, so that no checkpoint can be taken for a statement.
    private const string Header = "agentops/key-rotation/v1";

    /// <summary>The stream of a log's rotations. A database that two logs have signed one after the other has one for each.</summary>
    /// <param name="log">The log's name.</param>
    public static string StreamOf(string log) => $"log-{log[(log.LastIndexOf('/') + 1)..]}";

    /// <summary>The statement of both keys.</summary>
    public static SignedNote Sign(NoteSigner before, NoteSigner after)
    {
        var signed = before.Sign($"{Header}\n{before.PublicKey}\n{after.PublicKey}\n");
        return signed with { Signatures = [.. signed.Signatures, .. after.Sign(signed.Text).Signatures] };
    }

    /// <summary>The key that a rotation's event brings in.</summary>
    /// <param name="data">Of the event.</param>
    /// <exception cref="FormatException">The statement is not one of the key before it, or the new key has not signed it as well.</exception>
    public static NoteKey Follow(NoteKey before, ReadOnlySpan<byte> data)
    {
        var note = SignedNote.Parse(Statement(data));
        if (note.Text.Split('\n') is not [Header, var from, var to, ""])
            throw new FormatException("its statement does not name an old and a new key");
        if (from != before.ToString())
            throw new FormatException($"its statement does not begin at the key in force, {Convert.ToHexStringLower(before.Id)}");
        var after = NoteKey.Parse(to);
        if (after.Name != before.Name || after.ToString() != to)
            throw new FormatException("its statement names a key of another log");
        if (!before.Verifies(note))
            throw new FormatException($"its statement is not signed by the key in force, {Convert.ToHexStringLower(before.Id)}");
        return after.Verifies(note) ? after : throw new FormatException("its statement is not signed by the new key");
    }

    private static string Statement(ReadOnlySpan<byte> data)
    {
        try
        {
            var reader = new Utf8JsonReader(data);
            using var parsed = JsonDocument.ParseValue(ref reader);
            return parsed.RootElement.GetProperty(Member).GetString() ?? throw new FormatException("it has no statement");
        }
        catch (Exception malformed) when (malformed is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new FormatException("it has no statement", malformed);
        }
    }
}
