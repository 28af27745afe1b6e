using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.LedgerBenchmark;

/// <summary>What is read and projected: the ledger's first events, in streams of a thousand, and one stream more behind them.</summary>
internal sealed class SeededLedger
{
    public const int StreamEvents = 1000;
    private const int EventsPerCall = 500;

    private SeededLedger(int events, IReadOnlyList<string> streams)
    {
        Events = events;
        Streams = streams;
    }

    public int Events { get; }

    /// <summary>The last position that is taken, in the ledger and in the floor's table.</summary>
    public long Last => (long)Streams.Count * StreamEvents;

    public IReadOnlyList<string> Streams { get; }

    public static async Task<SeededLedger> FillAsync(PrivateLedger ledger, int events)
    {
        var streams = new List<string>();
        for (var stored = 0; stored <= events; stored += StreamEvents)
        {
            streams.Add(Sample.NewStream());
            for (var version = 0; version < StreamEvents; version += EventsPerCall)
                await ledger.Store.AppendAsync(
                    [new(streams[^1], Expected.Version(version), [.. Enumerable.Range(0, EventsPerCall).Select(_ => NewEvent.Of(Sample.Event))])], Sample.Context);
        }
        // An index that has grown costs more to write to: the floor's is as large when the clock starts.
        await ledger.AdminAsync("INSERT INTO floor.event SELECT * FROM ledger.event");
        await ledger.AdminAsync("VACUUM ANALYZE ledger.event");
        return new(events, streams);
    }

    /// <summary>A row of the ledger's columns as the event that it is: the same bytes decoded into the same records as the ledger's reader does.</summary>
    public static StoredEvent Decode(NpgsqlDataReader row) => new(
        row.GetInt64(0), row.GetGuid(1), row.GetString(2), row.GetInt32(3), row.GetString(4),
        JsonSerializer.Deserialize<TrajectoryRecorded>(row.GetFieldValue<byte[]>(5), EventRegistry.Json)!,
        JsonSerializer.Deserialize<EventMeta>(row.GetFieldValue<byte[]>(6), EventRegistry.Json)!,
        row.GetFieldValue<DateTimeOffset>(7));
}
