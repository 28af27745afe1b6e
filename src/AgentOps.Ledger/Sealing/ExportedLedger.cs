using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>Writes the signed part of the ledger into a stream, page by page.</summary>
public static class ExportedLedger
{
    /// <param name="db">Any service's connections: reading is enough.</param>
    /// <param name="first">The log's first key.</param>
    /// <param name="folder">Whose notes have cosignatures as well.</param>
    /// <param name="size">Of a checkpoint; what stands behind it is not written.</param>
    /// <exception cref="InvalidOperationException">An event is not there: verify the ledger.</exception>
    public static async Task WriteAsync(NpgsqlDataSource db, NoteKey first, CheckpointFolder folder, long size, Stream to, CancellationToken ct = default)
    {
        using var page = new MemoryStream();
        using var lines = new LedgerExport.Writer(page);
        lines.Begin(first);
        var written = 0L;
        var checkpoints = new Queue<SignedTree>();
        await foreach (var stored in StoredBytes.ReadAsync(db, size, ct))
        {
            if (stored.Event.Position != written + 1)
                break;
            lines.Add(stored.Event);
            written++;
            if (checkpoints.Count == 0)
                checkpoints = new(await SignedTree.FromAsync(db, first, written, size, ct));
            if (checkpoints.TryPeek(out var checkpoint) && checkpoint.Size == written)
            {
                lines.Add(folder.Cosigned(written) ?? checkpoint.Note);
                checkpoints.Dequeue();
            }
            if (page.Length >= StoredBytes.PageBytes)
                await FlushAsync(page, to, ct);
        }
        if (written < size)
            throw new InvalidOperationException($"Event {written + 1} is not there, although it is signed: verify the ledger.");
        await FlushAsync(page, to, ct);
    }

    private static async Task FlushAsync(MemoryStream page, Stream to, CancellationToken ct)
    {
        await to.WriteAsync(page.GetBuffer().AsMemory(0, (int)page.Length), ct);
        page.SetLength(0);
    }
}
