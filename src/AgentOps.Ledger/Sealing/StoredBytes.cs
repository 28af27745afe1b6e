using System.Runtime.CompilerServices;
using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>An event's bytes and the leaf stored with them.</summary>
internal sealed record StoredBytes(EventBytes Event, string Stream, byte[] Leaf)
{
    private const int PageEvents = 500;

    /// <summary>How much is held before it is written on.</summary>
    public const int PageBytes = 1 << 20;

    /// <summary>All events up to a position, in order, without decoding them.</summary>
    public static async IAsyncEnumerable<StoredBytes> ReadAsync(NpgsqlDataSource db, long last, [EnumeratorCancellation] CancellationToken ct)
    {
        var after = long.MinValue;
        while (true)
        {
            var page = await PageAsync(db, after, last, ct);
            foreach (var stored in page)
                yield return stored;
            if (page.Count < PageEvents)
                yield break;
            after = page[^1].Event.Position;
        }
    }

    /// <summary>One event, which must be there.</summary>
    public static async Task<StoredBytes> AtAsync(NpgsqlDataSource db, long position, CancellationToken ct) => (await PageAsync(db, position - 1, position, ct)).Single();

    /// <summary>Some events in their order, each of which must be there; as many as are held at once.</summary>
    public static Task<List<StoredBytes>> AtAsync(NpgsqlDataSource db, long[] positions, CancellationToken ct) => ReadAsync(db, "WHERE e.position = ANY($1) ORDER BY e.position", ct, positions);

    private static Task<List<StoredBytes>> PageAsync(NpgsqlDataSource db, long after, long last, CancellationToken ct) =>
        ReadAsync(db, "WHERE e.position > $1 AND e.position <= $2 ORDER BY e.position LIMIT $3", ct, after, last, PageEvents);

    private static async Task<List<StoredBytes>> ReadAsync(NpgsqlDataSource db, string which, CancellationToken ct, params object[] parameters)
    {
        await using var command = db.CreateCommand($"SELECT e.position, e.id, e.at, e.version, e.stream, e.type, e.meta, e.data, e.leaf FROM ledger.event e {which}");
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        await using var row = await command.ExecuteReaderAsync(ct);
        var page = new List<StoredBytes>();
        while (await row.ReadAsync(ct))
            page.Add(new(
                new(row.GetInt64(0), row.GetGuid(1), Microseconds(row.GetFieldValue<DateTime>(2)), row.GetInt32(3),
                    row.GetFieldValue<byte[]>(4), row.GetFieldValue<byte[]>(5), row.GetFieldValue<byte[]>(6), row.GetFieldValue<byte[]>(7)),
                row.GetString(4),
                row.GetFieldValue<byte[]>(8)));
        return page;
    }

    private static long Microseconds(DateTime at) => (at - DateTime.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
}
