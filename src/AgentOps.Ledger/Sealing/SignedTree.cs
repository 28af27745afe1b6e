using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>The last checkpoint as the database has it, for whoever asks for proofs towards it.</summary>
/// <param name="Size">Events that it covers.</param>
/// <param name="Note">C2SP signed note.</param>
public sealed record SignedTree(long Size, string Note)
{
    /// <summary>Null where nothing is signed yet.</summary>
    /// <param name="first">Of the log; null: of whichever log there is. A log that began anew has the notes of the one before it in the database still.</param>
    public static Task<SignedTree?> LastAsync(NpgsqlDataSource db, NoteKey? first, CancellationToken ct = default) => db.ReadAsync(async connection =>
    {
        await using var command = new NpgsqlCommand("SELECT size, note FROM ledger.checkpoint WHERE starts_with(note, $1) ORDER BY size DESC LIMIT 1", connection);
        command.Parameters.Add(new() { Value = BeginningOf(first) });
        await using var row = await command.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new SignedTree(row.GetInt64(0), row.GetString(1)) : null;
    }, ct);

    /// <summary>The next checkpoints from a size on, at most a page of them.</summary>
    /// <inheritdoc cref="LastAsync"/>
    public static Task<IReadOnlyList<SignedTree>> FromAsync(NpgsqlDataSource db, NoteKey? first, long size, long last, CancellationToken ct = default) => db.ReadAsync<IReadOnlyList<SignedTree>>(async connection =>
    {
        await using var command = new NpgsqlCommand("SELECT size, note FROM ledger.checkpoint WHERE size BETWEEN $1 AND $2 AND starts_with(note, $3) ORDER BY size LIMIT 500", connection);
        command.Parameters.Add(new() { Value = size });
        command.Parameters.Add(new() { Value = last });
        command.Parameters.Add(new() { Value = BeginningOf(first) });
        await using var row = await command.ExecuteReaderAsync(ct);
        var trees = new List<SignedTree>();
        while (await row.ReadAsync(ct))
            trees.Add(new(row.GetInt64(0), row.GetString(1)));
        return trees;
    }, ct);

    /// <summary>An event's bytes, from which anybody can make its leaf.</summary>
    public static async Task<EventBytes> EventAsync(NpgsqlDataSource db, long position, CancellationToken ct = default) => (await StoredBytes.AtAsync(db, position, ct)).Event;

    /// <summary>The bytes of some events in their order, a few hundred at a time.</summary>
    public static async Task<IReadOnlyList<EventBytes>> EventsAsync(NpgsqlDataSource db, long[] positions, CancellationToken ct = default) =>
        await StoredBytes.AtAsync(db, positions, ct) is var found && found.Count == positions.Length
            ? [.. found.Select(stored => stored.Event)]
            : throw new InvalidOperationException($"Of {positions.Length} events from {positions[0]} on the ledger has {found.Count}.");

    /// <summary>What no checkpoint covers yet.</summary>
    /// <inheritdoc cref="LastAsync"/>
    public static Task<(long Events, TimeSpan Age)> TailAsync(NpgsqlDataSource db, NoteKey? first, CancellationToken ct = default) => db.ReadAsync(async connection =>
    {
        await using var command = new NpgsqlCommand("""
            SELECT count(*), coalesce(clock_timestamp() - min(e.at), '0') FROM ledger.event e
            WHERE e.position > coalesce((SELECT max(c.size) FROM ledger.checkpoint c WHERE starts_with(c.note, $1)), 0)
            """, connection);
        command.Parameters.Add(new() { Value = BeginningOf(first) });
        await using var row = await command.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt64(0), row.GetTimeSpan(1));
    }, ct);

    // A checkpoint's first line names its log.
    private static string BeginningOf(NoteKey? first) => first is null ? "" : first.Name + "\n";
}
