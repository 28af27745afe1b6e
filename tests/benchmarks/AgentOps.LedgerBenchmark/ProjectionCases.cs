using System.Diagnostics;
using AgentOps.Contracts;
using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.LedgerBenchmark;

/// <summary>Following the ledger from its first event, again and again until the span is over: pages of 200 events, their rows written in a transaction a page.</summary>
internal sealed class ProjectionCases(PrivateLedger ledger, SeededLedger seeded)
{
    private const int PageEvents = 200;
    private const string Ddl = "CREATE TABLE played (position bigint PRIMARY KEY, stream text NOT NULL, task text NOT NULL, reward double precision)";
    private const string InsertOne = "INSERT INTO played (position, stream, task, reward) VALUES ($1, $2, $3, $4)";
    private const string PageSql = """
        SELECT e.position, e.id, e.stream, e.version, e.type, e.data, e.meta, e.at
        FROM ledger.event e WHERE e.position > $1 ORDER BY e.position LIMIT 200
        """;

    /// <summary>A view through its projection, one INSERT an event on both sides: the floor waits for each, or sends a page's together as the ledger does.</summary>
    public async Task<IReadOnlyList<Case>> ViewAsync(double bar)
    {
        await ledger.AdminAsync($"SET search_path = floor; {Ddl}");
        var view = new View("played", 1, ["trajectory"], ["played"], Ddl, AddOne);
        await new Projection(ledger.Store, Sample.Service, view).RebuildAsync();
        var events = seeded.Events / 2;
        return
        [
            new("project: a view, one INSERT an event", bar, span => FloorAsync(span, events, WriteEachAsync), FollowAsync),
            new("project: a view, the floor sends a page's INSERTs together too", null, span => FloorAsync(span, events, WriteTogetherAsync), FollowAsync),
        ];

        Task<double> FollowAsync(TimeSpan span) => LedgerAsync(span, "played", events, reached =>
            new Projection(ledger.Store, Sample.Service, view with { Apply = (e, changes) => { if (!reached(e)) AddOne(e, changes); } }).RunAsync);
    }

    /// <summary>A subscription, one INSERT a page on both sides.</summary>
    public Case Subscription(double bar) => new("project: a subscription, one INSERT a page", bar,
        span => FloorAsync(span, seeded.Events, WritePageAsync),
        span => LedgerAsync(span, "pages", seeded.Events, reached =>
            new Subscription(ledger.Store, "pages", ["trajectory"], (page, t, ct) => reached(page[0]) ? Task.CompletedTask : WritePageAsync(page, t!, ct)).RunAsync));

    private static async Task<double> AgainAsync(TimeSpan span, int events, Func<Task<TimeSpan>> passAsync)
    {
        var (passes, took) = (0, TimeSpan.Zero);
        for (; took < span; passes++)
            took += await passAsync();
        return passes * events / took.TotalSeconds;
    }

    private Task<double> FloorAsync(TimeSpan span, int events, Func<IReadOnlyList<StoredEvent>, NpgsqlTransaction, CancellationToken, Task> write) =>
        AgainAsync(span, events, () => FloorPassAsync(events, write));

    private Task<double> LedgerAsync(TimeSpan span, string cursor, int events, Func<Func<StoredEvent, bool>, Func<CancellationToken, Task>> follower) =>
        AgainAsync(span, events, () => LedgerPassAsync(cursor, events, follower));

    /// <summary>Pages of the bare SELECT, decoded, written, committed; no cursor, no lock.</summary>
    private async Task<TimeSpan> FloorPassAsync(int events, Func<IReadOnlyList<StoredEvent>, NpgsqlTransaction, CancellationToken, Task> write)
    {
        await ledger.AdminAsync("TRUNCATE floor.played");
        await using var connection = await ledger.Floor.OpenConnectionAsync();
        await using var command = new NpgsqlCommand(PageSql, connection) { Parameters = { new NpgsqlParameter<long>() } };
        await command.PrepareAsync();
        var start = Stopwatch.GetTimestamp();
        for (var after = 0L; after < events; after += PageEvents)
        {
            ((NpgsqlParameter<long>)command.Parameters[0]).TypedValue = after;
            var page = new List<StoredEvent>();
            await using (var reader = await command.ExecuteReaderAsync())
                while (await reader.ReadAsync())
                    page.Add(SeededLedger.Decode(reader));
            await using var transaction = await connection.BeginTransactionAsync();
            await write(page, transaction, CancellationToken.None);
            await transaction.CommitAsync();
        }
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Runs until the page behind the last event comes, which is after that one's commit.</summary>
    private async Task<TimeSpan> LedgerPassAsync(string cursor, int events, Func<Func<StoredEvent, bool>, Func<CancellationToken, Task>> follower)
    {
        await ledger.AdminAsync($"TRUNCATE {Sample.Service}.played; UPDATE {Sample.Service}.subscription SET position = 0 WHERE name = '{cursor}'");
        using var stop = new CancellationTokenSource();
        var end = new TaskCompletionSource<long>(TaskCreationOptions.RunContinuationsAsynchronously);
        var run = follower(stored => stored.Position > events && (end.TrySetResult(Stopwatch.GetTimestamp()) || true));
        var start = Stopwatch.GetTimestamp();
        var running = Task.Run(() => run(stop.Token));
        await await Task.WhenAny(end.Task, running);
        var took = Stopwatch.GetElapsedTime(start, await end.Task);
        await stop.CancelAsync();
        await running.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return await WrittenAsync(events) ? took : throw new InvalidOperationException($"Not all of {events} events have their row.");
    }

    private async Task<bool> WrittenAsync(int events) =>
        (long)(await ledger.AdminAsync($"SELECT count(*) FROM {Sample.Service}.played WHERE position <= {events}"))! == events;

    private static void AddOne(StoredEvent stored, ViewChanges changes)
    {
        var played = (TrajectoryRecorded)stored.Data;
        changes.Add("INSERT INTO played (position, stream, task, reward) VALUES (@Position, @Stream, @Task, @Reward)", new { stored.Position, stored.Stream, played.Task, played.Reward });
    }

    private static async Task WriteEachAsync(IReadOnlyList<StoredEvent> page, NpgsqlTransaction transaction, CancellationToken ct)
    {
        foreach (var stored in page)
            await WriteOneAsync(stored, transaction, ct);
    }

    private static async Task WriteOneAsync(StoredEvent stored, NpgsqlTransaction transaction, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(InsertOne, transaction.Connection, transaction);
        Bind(command.Parameters, stored);
        await command.ExecuteNonQueryAsync(ct);
    }

    private static async Task WriteTogetherAsync(IReadOnlyList<StoredEvent> page, NpgsqlTransaction transaction, CancellationToken ct)
    {
        await using var batch = new NpgsqlBatch(transaction.Connection, transaction);
        foreach (var stored in page)
        {
            var command = new NpgsqlBatchCommand(InsertOne);
            Bind(command.Parameters, stored);
            batch.BatchCommands.Add(command);
        }
        await batch.ExecuteNonQueryAsync(ct);
    }

    private static void Bind(NpgsqlParameterCollection parameters, StoredEvent stored)
    {
        var played = (TrajectoryRecorded)stored.Data;
        parameters.Add(new() { Value = stored.Position });
        parameters.Add(new() { Value = stored.Stream });
        parameters.Add(new() { Value = played.Task });
        parameters.Add(new() { Value = played.Reward });
    }

    private static async Task WritePageAsync(IReadOnlyList<StoredEvent> page, NpgsqlTransaction transaction, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "INSERT INTO played (position, stream, task, reward) SELECT * FROM unnest($1, $2, $3, $4)", transaction.Connection, transaction);
        command.Parameters.Add(new() { Value = page.Select(stored => stored.Position).ToArray() });
        command.Parameters.Add(new() { Value = page.Select(stored => stored.Stream).ToArray() });
        command.Parameters.Add(new() { Value = page.Select(stored => ((TrajectoryRecorded)stored.Data).Task).ToArray() });
        command.Parameters.Add(new() { Value = page.Select(stored => ((TrajectoryRecorded)stored.Data).Reward).ToArray() });
        await command.ExecuteNonQueryAsync(ct);
    }
}
