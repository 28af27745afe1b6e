using AgentOps.Contracts;
using AgentOps.Proofs;
using Microsoft.Extensions.Logging;

namespace AgentOps.Ledger;

/// <summary>The tree does not continue what was signed of it before, or the key that has to sign it is not there.</summary>
public sealed class CheckpointRefusedException(string message, Exception? cause = null) : Exception(message, cause);

/// <summary>A rotation of the log's key has not come to its end.</summary>
public sealed class RotationUnderWayException(string message) : Exception(message);

/// <summary>Signs the sealed tree, after a proof that it continues the last checkpoint kept outside: a log never signs two pasts.</summary>
/// <param name="pause">Between the ledger's growth and the signature, and between two tries; 3 s where nothing else is said.</param>
public sealed class CheckpointPublisher(LedgerStore store, CheckpointFolder folder, LogKeys keys, ILogger<CheckpointPublisher> log, TimeSpan? pause = null) : IDisposable
{
    // The sealer is a second behind; together they stay below the promised five.
    private readonly TimeSpan _pause = pause ?? TimeSpan.FromSeconds(3);
    private static readonly TimeSpan RefuseAgainAfter = TimeSpan.FromMinutes(1);
    private readonly SemaphoreSlim _one = new(1, 1);
    private KeptCheckpoint? _last;

    /// <summary>The checkpoint that was signed last, or null before the first pass.</summary>
    public KeptCheckpoint? Last => _last;

    /// <summary>Why nothing more is signed; null where it is.</summary>
    public string? Trouble { get; private set; }

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
                Trouble = null;
            }
            catch (CheckpointRefusedException refused)
            {
                Trouble = refused.Message;
                log.LogCritical("{Reason}", refused.Message);
                await Task.Delay(RefuseAgainAfter, ct);
            }
            catch (Exception cause) when (!ct.IsCancellationRequested)
            {
                Trouble = cause.Message;
                log.LogError(cause, "The ledger's tree could not be signed and is tried again");
            }
        }
    }

    /// <summary>Signs what is sealed and was not signed yet.</summary>
    /// <returns>The size that is signed now.</returns>
    /// <exception cref="CheckpointRefusedException">The ledger was rolled back or rewritten since the last checkpoint; nothing is signed.</exception>
    public Task<long> PublishAsync(CancellationToken ct = default) => AloneAsync(async () =>
    {
        // Before the tree: another process may sign meanwhile, and what it signs is not ahead of a tree that is read later.
        var last = _last ??= folder.Last();
        var (size, root) = await StoredTiles.TreeAsync(store.Database, ct);
        var rotations = await LogRotations.ReadAsync(store.Database, keys.First.Name, ct);
        if (last is { } signed && !await ContinuesAsync(signed, size, root, rotations, ct))
            throw new CheckpointRefusedException(
                $"The ledger's tree of {size} events does not continue the checkpoint of {signed.Size} events that was signed before: its database was rolled back or rewritten. Nothing is signed; find out with `agentops ledger verify`.");
        if (size == 0)
            return 0;
        var chain = Followed(rotations, size);
        if (last is not { } current || current.Size != size)
            last = Sign(new(keys.First.Name, size, root), keys.SignersOf(chain.Current));
        // Also what an earlier pass has signed and could not store.
        await StoreAsync(size, last.Note, ct);
        _last = last;
        Settle(chain);
        return size;
    }, ct);

    /// <summary>Appends the rotation to a new key. The first checkpoint that covers the event is signed with both keys; after that the old one is gone.</summary>
    /// <returns>The event's position, and the new key.</returns>
    /// <exception cref="RotationUnderWayException">The one before has not come to its end, or somebody else began one at the same time.</exception>
    /// <exception cref="CheckpointRefusedException">The key in force is not here.</exception>
    public Task<(long Position, NoteKey Key)> RotateAsync(EventContext context, CancellationToken ct = default) => AloneAsync(async () =>
    {
        var rotations = await LogRotations.ReadAsync(store.Database, keys.First.Name, ct);
        if (keys.SignersOf(Followed(rotations, long.MaxValue).Current).Count > 1)
            throw new RotationUnderWayException($"The key is being rotated by event {rotations[^1].Position}, which no checkpoint covers yet: ask again in a few seconds.");
        try
        {
            return (await LogRotations.AppendAsync(store, keys, rotations.Count, context, ct), keys.Next!.PublicKey);
        }
        catch (VersionConflictException)
        {
            throw new RotationUnderWayException("Somebody else has rotated the key at the same time.");
        }
    }, ct);

    public void Dispose() => _one.Dispose();

    /// <summary>Once a checkpoint covers the rotation and is kept, the new key takes the old one's place.</summary>
    private void Settle(KeyChain chain)
    {
        if (chain.Current.ToString() != keys.Next?.PublicKey.ToString())
            return;
        keys.Replace(chain.Keys.Count);
        log.LogInformation("The log is signed with its key {Number} from here on; the one before is removed", chain.Keys.Count);
    }

    private KeptCheckpoint Sign(Checkpoint checkpoint, IReadOnlyList<NoteSigner> signers) =>
        folder.Keep(checkpoint.Size, new(checkpoint.Text, [.. signers.SelectMany(signer => signer.Sign(checkpoint.Text).Signatures)]));

    private async Task<bool> ContinuesAsync(KeptCheckpoint last, long size, byte[] root, IReadOnlyList<LogRotation> rotations, CancellationToken ct)
    {
        if (last.Size > size)
            return false;
        var signed = Opened(last, Followed(rotations, last.Size).Current);
        var path = await LedgerProofs.ConsistencyAsync(store.Database, signed.Size, size, ct);
        return ConsistencyProof.Verify(signed.Size, signed.Root, size, root, path);
    }

    private static Checkpoint Opened(KeptCheckpoint last, NoteKey key)
    {
        try
        {
            return last.Open(key);
        }
        catch (FormatException forged)
        {
            throw new CheckpointRefusedException($"{forged.Message} Nothing is signed: bring the file back, or find out with `agentops ledger verify` what became of the ledger.", forged);
        }
    }

    private KeyChain Followed(IReadOnlyList<LogRotation> rotations, long size)
    {
        try
        {
            return rotations.UpTo(keys.First, size);
        }
        catch (FormatException forged)
        {
            throw new CheckpointRefusedException($"The ledger holds a rotation of the log's key that cannot be one: {forged.Message}. Nothing is signed; find out with `agentops ledger verify`.", forged);
        }
    }

    private async Task StoreAsync(long size, string note, CancellationToken ct)
    {
        await using var command = store.Database.CreateCommand("SELECT ledger.keep_checkpoint($1, $2)");
        command.Parameters.Add(new() { Value = size });
        command.Parameters.Add(new() { Value = note });
        await command.ExecuteNonQueryAsync(ct);
    }

    /// <summary>What is signed and with which key is decided by one at a time.</summary>
    private async Task<T> AloneAsync<T>(Func<Task<T>> work, CancellationToken ct)
    {
        await _one.WaitAsync(ct);
        try
        {
            return await work();
        }
        finally
        {
            _one.Release();
        }
    }
}
