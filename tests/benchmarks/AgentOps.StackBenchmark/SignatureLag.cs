using System.Diagnostics;
using AgentOps.Contracts;
using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.StackBenchmark;

/// <summary>From an event's append to the first checkpoint that covers it, once that lies outside the database and in it: both times are of the database's clock.</summary>
/// <param name="Events">That were appended under load.</param>
/// <param name="Rate">Events a second.</param>
/// <param name="Median">Seconds.</param>
/// <param name="Most">Seconds.</param>
internal sealed record SignatureLag(long Events, double Rate, double Median, double Most)
{
    private const int Callers = 4;
    private const int EventsPerCall = 10;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(250);

    // Nobody is woken by it.
    private static readonly ModelLoaded Event = new("benchmark", Digest.Of("benchmark"u8));

    public static async Task<SignatureLag> MeasureAsync(RunningStack stack, TimeSpan load)
    {
        await using var db = LedgerDataSource.Create(await stack.ConnectionStringAsync("serving"));
        await using var store = new LedgerStore(db, AllEvents.Registry, new Producer("serving", "benchmark"));
        var first = await store.HeadAsync() + 1;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Callers).Select(caller => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start) < load)
                await store.AppendAsync([new($"serving-load-{caller}", Expected.Any, [.. Enumerable.Range(0, EventsPerCall).Select(_ => NewEvent.Of(Event))])], new EventContext("service:serving"));
        })));
        var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var last = await store.HeadAsync();
        await SignedAsync(db, last);
        var (median, most) = await LagsAsync(db, first, last);
        return new(last - first + 1, (last - first + 1) / seconds, median, most);
    }

    private static async Task SignedAsync(NpgsqlDataSource db, long position)
    {
        var start = Stopwatch.GetTimestamp();
        while (await SignedTree.LastAsync(db, null) is not { } tree || tree.Size < position)
        {
            if (Stopwatch.GetElapsedTime(start) > Patience)
                throw new TimeoutException($"No checkpoint covers event {position} after {Patience.TotalSeconds:0} s.");
            await Task.Delay(LookAgainAfter);
        }
    }

    private static async Task<(double Median, double Most)> LagsAsync(NpgsqlDataSource db, long first, long last)
    {
        await using var command = db.CreateCommand("""
            SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM c.at - e.at)), max(extract(epoch FROM c.at - e.at))::float8
            FROM (SELECT size, at, lag(size, 1, 0::bigint) OVER (ORDER BY size) AS before FROM ledger.checkpoint) c
            JOIN ledger.event e ON e.position > c.before AND e.position <= c.size
            WHERE e.position BETWEEN $1 AND $2
            """);
        command.Parameters.Add(new() { Value = first });
        command.Parameters.Add(new() { Value = last });
        await using var row = await command.ExecuteReaderAsync();
        await row.ReadAsync();
        return (row.GetDouble(0), row.GetDouble(1));
    }
}
