using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>What a verification found.</summary>
/// <param name="Events">Events that fit.</param>
/// <param name="Sealed">Events that the stored tree covers.</param>
/// <param name="Checkpoints">Signed checkpoints that fit.</param>
/// <param name="Keys">Of the log, from the first on; none where nothing was ever signed.</param>
/// <param name="Witnessed">The last checkpoint that the witness has cosigned; null where there is none, or nobody asked.</param>
/// <param name="Root">The RFC 6962 root over all events that fit, recomputed from their bytes.</param>
/// <param name="Fault">The first position that does not fit, or null when all do.</param>
public sealed record VerificationReport(long Events, long Sealed, int Checkpoints, IReadOnlyList<NoteKey> Keys, Cosigned? Witnessed, byte[] Root, VerificationFault? Fault)
{
    public bool Holds => Fault is null;
}

/// <summary>Recomputes every leaf from the stored bytes, and the tree from the leaves, and compares both with what is stored.</summary>
public static class LedgerVerification
{
    /// <summary>Reads the whole ledger as it is at the start; appends may go on meanwhile.</summary>
    /// <param name="db">Any service's connections: reading is enough.</param>
    /// <param name="key">The log's first public key, from which its rotations are followed; null where nothing was ever signed.</param>
    /// <param name="checkpoints">What was signed and kept outside the database, which alone shows a change of events and tree together.</param>
    /// <param name="witness">Whose cosignatures are looked for.</param>
    public static async Task<VerificationReport> RunAsync(NpgsqlDataSource db, NoteKey? key = null, IReadOnlyList<KeptCheckpoint>? checkpoints = null, CosignatureKey? witness = null, CancellationToken ct = default)
    {
        var (sealedSize, root) = await StoredTiles.TreeAsync(db, ct);
        await using var head = db.CreateCommand("SELECT position FROM ledger.head");
        var last = Math.Max((long)(await head.ExecuteScalarAsync(ct))!, sealedSize);
        var check = new VerificationPass(db, sealedSize, root, new(key, checkpoints ?? [], witness));
        await foreach (var stored in StoredBytes.ReadAsync(db, last, ct))
            if (await check.FaultOfAsync(stored, ct) is { } fault)
                return check.Report(fault);
        return check.Report(check.Events < last ? new(check.Events + 1, "it is missing, and with it all behind it") : check.FaultOfTheEnd());
    }
}
