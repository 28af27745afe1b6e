using System.Runtime.CompilerServices;
using System.Text.Json;
using AgentOps.Contracts;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>Reads events in order, each page again until the database has given all of it. A type that the registry does not know stops the reading.</summary>
internal sealed class EventReader(NpgsqlDataSource db, EventRegistry events, TimeProvider time)
{
    // Bounds a page by its worst case of 32 MiB, and the scan of a page that holds few events of the categories asked for.
    private const int PageEvents = 500;
    private const int ScanEvents = 20_000;

    private const string HeadSql = "SELECT position FROM ledger.head";
    private const string Columns = "e.position, e.id, e.stream, e.version, e.type, e.data, e.meta, e.at";

    public async IAsyncEnumerable<StoredEvent> StreamAsync(string stream, int fromVersion, [EnumeratorCancellation] CancellationToken ct)
    {
        const string sql = $"SELECT {Columns} FROM ledger.event e WHERE e.stream = $1 AND e.version >= $2 ORDER BY e.version LIMIT $3";
        while (true)
        {
            var page = await PageAsync(sql, ct, stream, fromVersion, PageEvents);
            foreach (var stored in page)
                yield return stored;
            if (page.Count < PageEvents)
                yield break;
            fromVersion = page[^1].Version + 1;
        }
    }

    public async IAsyncEnumerable<StoredEvent> StreamsAsync(IReadOnlyList<string> streams, [EnumeratorCancellation] CancellationToken ct)
    {
        // The sum keeps the planner from walking the whole ledger in order of position.
        const string sql = $"SELECT {Columns} FROM ledger.event e WHERE e.stream = ANY($1) AND e.position > $2 ORDER BY e.position + 0 LIMIT $3";
        var after = 0L;
        while (true)
        {
            var page = await PageAsync(sql, ct, streams.ToArray(), after, PageEvents);
            foreach (var stored in page)
                yield return stored;
            if (page.Count < PageEvents)
                yield break;
            after = page[^1].Position;
        }
    }

    public async Task<StoredEvent?> AtAsync(long position, CancellationToken ct) =>
        (await PageAsync($"SELECT {Columns} FROM ledger.event e WHERE e.position = $1", ct, position)).SingleOrDefault();

    /// <summary>The next events after a position, and the position up to which nothing else of these categories stands.</summary>
    /// <param name="upTo">No event behind this position is read.</param>
    public Task<EventPage> AfterAsync(long after, int limit, IReadOnlyList<string>? categories, long upTo, CancellationToken ct) =>
        db.ReadAsync(connection => AfterAsync(connection, after, limit, categories, upTo, ct), time, ct);

    /// <summary>The same on one session: where that is lost, it is the caller who reads again, and decides from where.</summary>
    /// <inheritdoc cref="AfterAsync"/>
    public Task<EventPage> AfterOnceAsync(long after, int limit, IReadOnlyList<string>? categories, CancellationToken ct) =>
        db.ReadOnceAsync(connection => AfterAsync(connection, after, limit, categories, long.MaxValue, ct), ct);

    private async Task<EventPage> AfterAsync(NpgsqlConnection connection, long after, int limit, IReadOnlyList<string>? categories, long upTo, CancellationToken ct)
    {
        const string sql = $"""
            SELECT {Columns} FROM ledger.event e
            WHERE e.position > $1 AND e.position <= $2 AND ($3 OR split_part(e.stream, '-', 1) = ANY($4))
            ORDER BY e.position LIMIT $5
            """;
        // The head first: the page, read behind it, has everything up to there, and perhaps what was appended between the two.
        var horizon = Math.Min(upTo, after + ScanEvents);
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { new(HeadSql), Command(sql, after, horizon, categories is null, categories?.ToArray() ?? [], limit) } };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        await reader.ReadAsync(ct);
        var head = reader.GetInt64(0);
        await reader.NextResultAsync(ct);
        var page = await DecodeAsync(reader, ct);
        var read = page.Count > 0 ? page[^1].Position : after;
        return new EventPage(page, page.Count == limit ? read : Math.Max(read, Math.Min(head, horizon)), head);
    }

    public Task<long> HeadAsync(CancellationToken ct) => db.ReadAsync(async connection =>
    {
        await using var command = new NpgsqlCommand(HeadSql, connection);
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }, time, ct);

    private Task<List<StoredEvent>> PageAsync(string sql, CancellationToken ct, params object[] parameters) => db.ReadAsync(async connection =>
    {
        await using var batch = new NpgsqlBatch(connection) { BatchCommands = { Command(sql, parameters) } };
        await using var reader = await batch.ExecuteReaderAsync(ct);
        return await DecodeAsync(reader, ct);
    }, time, ct);

    private static NpgsqlBatchCommand Command(string sql, params object[] parameters)
    {
        var command = new NpgsqlBatchCommand(sql);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        return command;
    }

    private async Task<List<StoredEvent>> DecodeAsync(NpgsqlDataReader reader, CancellationToken ct)
    {
        var page = new List<StoredEvent>();
        while (await reader.ReadAsync(ct))
            page.Add(Decode(reader));
        return page;
    }

    private StoredEvent Decode(NpgsqlDataReader row)
    {
        var (position, type) = (row.GetInt64(0), row.GetString(4));
        try
        {
            return new(
                position, row.GetGuid(1), row.GetString(2), row.GetInt32(3), type,
                events.Read(type, row.GetFieldValue<byte[]>(5)),
                JsonSerializer.Deserialize<EventMeta>(row.GetFieldValue<byte[]>(6), EventRegistry.Json)!,
                row.GetFieldValue<DateTimeOffset>(7));
        }
        catch (JsonException malformed)
        {
            throw new JsonException($"event {position} is not one of type '{type}', which it says it is: {malformed.Message}", malformed);
        }
    }
}

/// <summary>Events in order of position, and the position up to which they are complete.</summary>
/// <param name="Head">The ledger's last position when the page was read. Below the position that was asked behind, the ledger is an older one than the reader has seen.</param>
public sealed record EventPage(IReadOnlyList<StoredEvent> Events, long Position, long Head);
