using Npgsql;

namespace AgentOps.LedgerBenchmark;

/// <summary>Reading one stream after the other, from its first event to its last.</summary>
internal sealed class ReadCases(PrivateLedger ledger, SeededLedger seeded)
{
    private const string Sql = """
        SELECT e.position, e.id, e.stream, e.version, e.type, e.data, e.meta, e.at
        FROM ledger.event e WHERE e.stream = $1 ORDER BY e.version
        """;

    private int _next;

    /// <summary>The floor decodes the same bytes into the same records.</summary>
    public Case Decoded(double bar) => new("read streams", bar, span => FloorAsync(span, row => SeededLedger.Decode(row)), LedgerAsync);

    /// <summary>The floor takes the columns as they come and decodes no JSON.</summary>
    public Case Undecoded() => new("read streams, the floor decodes no JSON", null, span => FloorAsync(span, Take), LedgerAsync);

    private static object Take(NpgsqlDataReader row) => (
        row.GetInt64(0), row.GetGuid(1), row.GetString(2), row.GetInt32(3), row.GetString(4),
        row.GetFieldValue<byte[]>(5), row.GetFieldValue<byte[]>(6), row.GetFieldValue<DateTimeOffset>(7));

    private async Task<double> FloorAsync(TimeSpan span, Func<NpgsqlDataReader, object> decode)
    {
        await using var connection = await ledger.Floor.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(Sql, connection) { Parameters = { new NpgsqlParameter<string> { TypedValue = "" } } };
        await command.PrepareAsync();
        return await Load.RateAsync(span, async () =>
        {
            ((NpgsqlParameter<string>)command.Parameters[0]).TypedValue = NextStream();
            await using var reader = await command.ExecuteReaderAsync();
            var read = 0;
            for (; await reader.ReadAsync(); read++)
                GC.KeepAlive(decode(reader));
            return read;
        });
    }

    private Task<double> LedgerAsync(TimeSpan span) => Load.RateAsync(span, async () =>
    {
        var read = 0;
        await foreach (var stored in ledger.Store.ReadStreamAsync(NextStream()))
        {
            GC.KeepAlive(stored);
            read++;
        }
        return read;
    });

    private string NextStream() => seeded.Streams[_next++ % seeded.Streams.Count];
}
