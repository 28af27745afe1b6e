using AgentOps.Contracts;
using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>A rotation of the log's key as the ledger has it.</summary>
public sealed record LogRotation(long Position, byte[] Data);

/// <summary>The log's rotations, read from its stream.</summary>
public static class LogRotations
{
    /// <param name="log">The log's name.</param>
    /// <returns>In their order.</returns>
    public static Task<IReadOnlyList<LogRotation>> ReadAsync(NpgsqlDataSource db, string log, CancellationToken ct = default) => db.ReadAsync<IReadOnlyList<LogRotation>>(async connection =>
    {
        await using var command = new NpgsqlCommand("SELECT e.position, e.data FROM ledger.event e WHERE e.stream = $1 AND e.type = $2 ORDER BY e.version", connection);
        command.Parameters.Add(new() { Value = KeyRotation.StreamOf(log) });
        command.Parameters.Add(new() { Value = KeyRotation.EventType });
        await using var row = await command.ExecuteReaderAsync(ct);
        var rotations = new List<LogRotation>();
        while (await row.ReadAsync(ct))
            rotations.Add(new(row.GetInt64(0), row.GetFieldValue<byte[]>(1)));
        return rotations;
    }, ct);

    /// <summary>The keys that were in force up to a size.</summary>
    /// <exception cref="FormatException">One does not follow from the one before.</exception>
    public static KeyChain UpTo(this IEnumerable<LogRotation> rotations, NoteKey first, long size)
    {
        var keys = new KeyChain(first);
        foreach (var rotation in rotations.TakeWhile(rotation => rotation.Position <= size))
            keys.Follow(rotation.Data);
        return keys;
    }

    /// <summary>Appends the rotation from one key to the next.</summary>
    /// <param name="before">Rotations so far.</param>
    /// <returns>The event's position.</returns>
    /// <exception cref="VersionConflictException">Somebody else has rotated it meanwhile.</exception>
    public static async Task<long> AppendAsync(LedgerStore store, LogKeys keys, int before, EventContext context, CancellationToken ct)
    {
        var next = keys.MakeNext();
        var rotated = new LogKeyRotated(keys.First.Name, next.PublicKey.ToString(), KeyRotation.Sign(keys.Current, next).ToString(), context.Actor);
        return (await store.AppendAsync([new(KeyRotation.StreamOf(keys.First.Name), Expected.Version(before), [NewEvent.Of(rotated)])], context, ct)).Position;
    }
}
