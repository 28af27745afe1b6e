using AgentOps.Proofs;
using Microsoft.Extensions.Logging;

namespace AgentOps.Ledger;

/// <summary>The tree does not continue what was signed of it before.</summary>
public sealed class CheckpointRefusedException(string message) : Exception(message);

/// <summary>Signs the sealed tree, after a proof that it continues the last checkpoint kept outside: a log never signs two pasts.</summary>
/// <param name="pause">Between the ledger's growth and the signature, and between two tries; 3 s where nothing else is said.</param>
public sealed class CheckpointPublisher(LedgerStore store, CheckpointFolder folder, NoteSigner signer, ILogger<CheckpointPublisher> log, TimeSpan? pause = null)
{
    // The sealer is a second behind; together they stay below the promised five.
    private readonly TimeSpan _pause = pause ?? TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RefuseAgainAfter = TimeSpan.FromMinutes(1);
    private (Checkpoint Checkpoint, string Note)? _last;

    /// <summary>Signs until cancelled. What cannot be signed is said in the log and tried again: whoever hosts this has other work as well.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        var size = 0L;
        while (true)
        {
            await store.WaitBeyondAsync(size, ct);
            await Task.Delay(_pause, ct);
            try
            {
                size = await PublishAsync(ct);
            }
            catch (CheckpointRefusedException refused)
            {
                log.LogCritical("{Reason}", refused.Message);
                await Task.Delay(RefuseAgainAfter, ct);
            }
            catch (Exception cause) when (!ct.IsCancellationRequested)
            {
                log.LogError(cause, "The ledger's tree could not be signed and is tried again");
            }
        }
    }

    /// <summary>Signs what is sealed and was not signed yet.</summary>
    /// <returns>The size that is signed now.</returns>
    /// <exception cref="CheckpointRefusedException">The ledger was rolled back or rewritten since the last checkpoint; nothing is signed.</exception>
    public async Task<long> PublishAsync(CancellationToken ct = default)
    {
        // Before the tree: another process may sign meanwhile, and what it signs is not ahead of a tree that is read later.
        var last = _last ??= folder.Last(signer.PublicKey);
        var (size, root) = await StoredTiles.TreeAsync(store.Database, ct);
        if (last is { } signed && !await ContinuesAsync(signed.Checkpoint, size, root, ct))
            throw new CheckpointRefusedException(
                $"The ledger's tree of {size} events does not continue the checkpoint of {signed.Checkpoint.Size} events that was signed before: its database was rolled back or rewritten. Nothing is signed; find out with `agentops ledger verify`.");
        if (size == 0)
            return 0;
        if (last is not { } current || current.Checkpoint.Size != size)
            last = Sign(new(signer.PublicKey.Name, size, root));
        // Also what an earlier pass has signed and could not store.
        await StoreAsync(size, last.Value.Note, ct);
        _last = last;
        return size;
    }

    private (Checkpoint, string) Sign(Checkpoint checkpoint)
    {
        var note = signer.Sign(checkpoint.Text);
        folder.Keep(checkpoint.Size, note);
        return (checkpoint, note.ToString());
    }

    private async Task<bool> ContinuesAsync(Checkpoint last, long size, byte[] root, CancellationToken ct)
    {
        if (last.Size > size)
            return false;
        var path = await LedgerProofs.ConsistencyAsync(store.Database, last.Size, size, ct);
        return ConsistencyProof.Verify(last.Size, last.Root, size, root, path);
    }

    private async Task StoreAsync(long size, string note, CancellationToken ct)
    {
        await using var command = store.Database.CreateCommand("SELECT ledger.keep_checkpoint($1, $2)");
        command.Parameters.Add(new() { Value = size });
        command.Parameters.Add(new() { Value = note });
        await command.ExecuteNonQueryAsync(ct);
    }
}
