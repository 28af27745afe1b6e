using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>The tree does not continue what was signed of it before.</summary>
public sealed class CheckpointRefusedException(string message) : Exception(message);

/// <summary>Signs the sealed tree, after a proof that it continues the last checkpoint kept outside: a log never signs two pasts.</summary>
public sealed class CheckpointPublisher(NpgsqlDataSource db, CheckpointFolder folder, NoteSigner signer)
{
    /// <summary>Signs what is sealed and was not signed yet.</summary>
    /// <returns>The size that is signed now.</returns>
    /// <exception cref="CheckpointRefusedException">The ledger was rolled back or rewritten since the last checkpoint; nothing is signed.</exception>
    public async Task<long> PublishAsync(CancellationToken ct = default)
    {
        var (size, root) = await StoredTiles.TreeAsync(db, ct);
        var last = folder.Last(signer.PublicKey);
        if (last is not null && !await ContinuesAsync(last, size, root, ct))
            throw new CheckpointRefusedException(
                $"The ledger's tree of {size} events does not continue the checkpoint of {last.Size} events that was signed before: its database was rolled back or rewritten. Nothing is signed; find out with `agentops ledger verify`.");
        if (size == (last?.Size ?? 0))
            return size;
        var note = signer.Sign(new Checkpoint(signer.PublicKey.Name, size, root).Text);
        folder.Keep(size, note);
        await StoreAsync(size, note, ct);
        return size;
    }

    private async Task<bool> ContinuesAsync(Checkpoint last, long size, byte[] root, CancellationToken ct)
    {
        if (last.Size > size)
            return false;
        var path = await LedgerProofs.ConsistencyAsync(db, last.Size, size, ct);
        return ConsistencyProof.Verify(last.Size, last.Root, size, root, path);
    }

    private async Task StoreAsync(long size, SignedNote note, CancellationToken ct)
    {
        await using var command = db.CreateCommand("SELECT ledger.keep_checkpoint($1, $2)");
        command.Parameters.Add(new() { Value = size });
        command.Parameters.Add(new() { Value = note.ToString() });
        await command.ExecuteNonQueryAsync(ct);
    }
}
