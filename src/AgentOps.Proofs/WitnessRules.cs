using System.Globalization;

namespace AgentOps.Proofs;

/// <summary>What a witness answers.</summary>
/// <param name="Status">Of HTTP.</param>
/// <param name="Body">A sentence, or with 409 the size that it knows.</param>
/// <param name="Accepted">The checkpoint to be remembered and cosigned; null where it is refused.</param>
public sealed record WitnessAnswer(int Status, string Body, Checkpoint? Accepted = null);

/// <summary>When a witness cosigns, C2SP tlog-witness: a checkpoint of a log that it knows, signed by it, proved to continue the last one.</summary>
public static class WitnessRules
{
    /// <summary>The origin that a note says it is of, before anything of it is believed.</summary>
    public static string OriginOf(string note) => note[..Math.Max(0, note.IndexOf('\n', StringComparison.Ordinal))];

    /// <param name="logs">The keys of the logs that it witnesses, several of one log where its key was rotated.</param>
    /// <param name="last">The last checkpoint of this log that it cosigned, or null.</param>
    public static WitnessAnswer Answer(WitnessRequest request, IEnumerable<NoteKey> logs, Checkpoint? last)
    {
        NoteKey[] keys = [.. logs.Where(key => key.Name == OriginOf(request.Note))];
        if (keys.Length == 0)
            return new(404, "This log is not witnessed here.");
        if (Opened(request.Note, keys) is not { } checkpoint)
            return new(403, "The checkpoint is not signed by a key of the log that is known here.");
        if (request.OldSize > checkpoint.Size)
            return new(400, "The old size is larger than the checkpoint's.");
        var known = last?.Size ?? 0;
        if (request.OldSize != known || (known == checkpoint.Size && last is not null && !last.Root.AsSpan().SequenceEqual(checkpoint.Root)))
            return new(409, string.Create(CultureInfo.InvariantCulture, $"{known}\n"));
        return ConsistencyProof.Verify(known, last?.Root ?? Rfc6962.EmptyRoot, checkpoint.Size, checkpoint.Root, request.Path)
            ? new(200, "", checkpoint)
            : new(422, "The proof does not show that the checkpoint continues the one before.");
    }

    private static Checkpoint? Opened(string note, IEnumerable<NoteKey> keys)
    {
        foreach (var key in keys)
            try
            {
                return Checkpoint.Open(note, key);
            }
            catch (FormatException)
            {
                // Another of the log's keys may have signed it.
            }
        return null;
    }
}
