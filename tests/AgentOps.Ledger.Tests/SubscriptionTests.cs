using AgentOps.Contracts;
using Npgsql;

namespace AgentOps.Ledger.Tests;

public sealed class SubscriptionTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    private readonly List<long> _seen = [];

    [Fact]
    public async Task A_subscription_goes_on_where_it_stopped()
    {
        var store = Ledger.Store();
        await AppendAsync(store, "training-a", 5);
        await RunUntilAsync(new Subscription(store, "s", ["training"], SeeAsync, new(BatchSize: 2)), 5);
        await AppendAsync(store, "training-a", 3);
        await RunUntilAsync(new Subscription(store, "s", ["training"], SeeAsync, new(BatchSize: 2)), 8);

        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], _seen);
    }

    [Fact]
    public async Task An_append_wakes_a_waiting_subscription()
    {
        var store = Ledger.Store();
        await using var running = new Running(new Subscription(store, "s", null, SeeAsync).RunAsync);
        for (var n = 1; n <= 3; n++)
        {
            await AppendAsync(store, "training-a", 1);
            await Eventually.TrueAsync(() => Task.FromResult(_seen.Count == n));
        }
    }

    [Fact]
    public async Task What_a_handler_wrote_and_the_cursor_commit_together()
    {
        var store = Ledger.Store();
        await AppendAsync(store, "training-a", 3);
        await using var db = Ledger.DataSource("trainer");
        await using (var create = db.CreateCommand("CREATE TABLE seen (position bigint)"))
            await create.ExecuteNonQueryAsync();

        var fails = true;
        async Task InsertAsync(IReadOnlyList<StoredEvent> events, NpgsqlTransaction? transaction, CancellationToken ct)
        {
            foreach (var stored in events)
            {
                await using var insert = new NpgsqlCommand($"INSERT INTO seen VALUES ({stored.Position})", transaction!.Connection, transaction);
                await insert.ExecuteNonQueryAsync(ct);
            }
            if (fails)
                throw new InvalidOperationException("no");
        }

        var stopped = await Eventually.StopsAsync<SubscriptionStoppedException>(new Subscription(store, "s", null, InsertAsync).RunAsync);
        Assert.Contains("'s' stopped behind position 0", stopped.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await Ledger.AdminAsync("SELECT count(*) FROM trainer.seen"));

        fails = false;
        await RunUntilAsync(new Subscription(store, "s", null, InsertAsync), 3);
        Assert.Equal(3L, await Ledger.AdminAsync("SELECT count(*) FROM trainer.seen"));
    }

    [Fact]
    public async Task An_unknown_event_type_stops_loudly_and_nothing_is_skipped()
    {
        var store = Ledger.Store();
        await store.AppendAsync([Facts.Write("training-a", Expected.Any, new Counted(1))], Facts.Tester);
        await store.AppendAsync([Facts.Write("training-a", Expected.Any, new Noted("x"))], Facts.Tester);
        var older = Ledger.Store(registry: new EventRegistry(EventType.Of<Counted>("training.counted.v1")));

        var stopped = await Eventually.StopsAsync<SubscriptionStoppedException>(new Subscription(older, "s", ["training"], SeeAsync, new(BatchSize: 1)).RunAsync);

        Assert.IsType<UnknownEventException>(stopped.InnerException);
        Assert.Contains("training.noted.v1", stopped.Message, StringComparison.Ordinal);
        Assert.Equal([1], _seen);
        Assert.Equal(1L, await Ledger.AdminAsync("SELECT position FROM trainer.subscription WHERE name = 's'"));
    }

    [Fact]
    public async Task An_unknown_event_type_of_another_category_does_not_matter()
    {
        await Ledger.Store("judge").AppendAsync([Facts.Write("review-a", Expected.Any, new Reviewed("x"))], Facts.Tester);
        await AppendAsync(Ledger.Store(), "training-a", 1);
        var older = Ledger.Store(registry: new EventRegistry(EventType.Of<Counted>("training.counted.v1")));
        await RunUntilAsync(new Subscription(older, "s", ["training"], SeeAsync), 2);
        Assert.Equal([2], _seen);
    }

    [Fact]
    public async Task Two_replicas_handle_each_event_once()
    {
        LedgerStore[] stores = [Ledger.Store(), Ledger.Store()];
        await using var one = new Running(new Subscription(stores[0], "s", null, SeeAsync, new(BatchSize: 3)).RunAsync);
        await using var two = new Running(new Subscription(stores[1], "s", null, SeeAsync, new(BatchSize: 3)).RunAsync);
        for (var n = 0; n < 20; n++)
            await AppendAsync(stores[0], "training-a", 2);
        await Eventually.TrueAsync(async () => await Ledger.AdminAsync("SELECT max(position) FROM trainer.subscription") is 40L);
        Assert.Equal(Enumerable.Range(1, 40).Select(n => (long)n), _seen);
    }

    [Fact]
    public async Task A_cursor_ahead_of_the_ledger_tells_of_an_older_backup()
    {
        var store = Ledger.Store();
        await AppendAsync(store, "training-a", 2);
        await RunUntilAsync(new Subscription(store, "s", null, SeeAsync), 2);
        await Ledger.AdminAsync("UPDATE ledger.head SET position = 1");

        var stopped = await Eventually.StopsAsync<SubscriptionStoppedException>(new Subscription(store, "s", null, SeeAsync).RunAsync);
        Assert.Contains("restored from an older backup", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_ledger_that_goes_back_under_a_running_subscription_stops_it()
    {
        var store = Ledger.Store();
        await AppendAsync(store, "training-a", 2);
        var stopping = Eventually.StopsAsync<SubscriptionStoppedException>(new Subscription(store, "s", null, SeeAsync).RunAsync);
        await Eventually.TrueAsync(() => Task.FromResult(_seen.Count == 2));

        await Ledger.AdminAsync("UPDATE ledger.head SET position = 1; NOTIFY ledger, '9'");

        var stopped = await stopping;
        Assert.Contains("restored from an older backup", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_lost_session_delays_a_subscription_and_loses_nothing()
    {
        var store = Ledger.Store();
        await using var running = new Running(new Subscription(store, "s", null, SeeAsync).RunAsync);
        await AppendAsync(store, "training-a", 1);
        await Eventually.TrueAsync(() => Task.FromResult(_seen.Count == 1));
        await Ledger.AdminAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'trainer'");
        await AppendAsync(store, "training-a", 1);
        await Eventually.TrueAsync(() => Task.FromResult(_seen.Count == 2));
    }

    [Fact]
    public async Task A_database_that_was_restored_and_has_grown_past_its_old_end_is_read_from_its_own_cursor()
    {
        var store = Ledger.Store();
        await AppendAsync(store, "training-a", 2);
        await using var running = new Running(new Subscription(store, "s", null, SeeAsync).RunAsync);
        await Eventually.TrueAsync(() => Task.FromResult(_seen.Count == 2));

        await Ledger.AdminAsync("UPDATE trainer.subscription SET position = 1; SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'trainer'");
        await AppendAsync(store, "training-a", 1);

        await Eventually.TrueAsync(() => Task.FromResult(_seen.Contains(3)));
        Assert.Equal([1, 2, 2, 3], _seen);
    }

    [Fact]
    public async Task A_page_that_is_read_across_a_restore_is_read_again_from_the_cursor()
    {
        var store = Ledger.Store();
        await AppendAsync(store, "training-a", 2);
        await using var running = new Running(new Subscription(store, "s", null, SeeAsync).RunAsync);
        await Eventually.TrueAsync(() => Task.FromResult(_seen.Count == 2));

        await using (var restored = new NpgsqlConnection(Ledger.AdminConnectionString))
        {
            await restored.OpenAsync();
            await using var transaction = await restored.BeginTransactionAsync();
            await ExecuteAsync(restored, "LOCK TABLE ledger.event IN ACCESS EXCLUSIVE MODE");
            // It is told that there is more, and stands before the table while the sessions go.
            await Ledger.AdminAsync("UPDATE ledger.head SET position = 3; NOTIFY ledger");
            await Eventually.TrueAsync(async () => (bool)(await Ledger.AdminAsync("SELECT count(*) > 0 FROM pg_stat_activity WHERE usename = 'trainer' AND wait_event_type = 'Lock'"))!);
            await Ledger.AdminAsync("UPDATE trainer.subscription SET position = 1; SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity WHERE datname = current_database() AND usename = 'trainer'");
            await ExecuteAsync(restored, "UPDATE ledger.head SET position = 2; SET SESSION AUTHORIZATION trainer");
            await ExecuteAsync(restored, """SELECT ledger.append('{1}', '{training-a}', '{2}', '{1}', ARRAY[gen_random_uuid()], '{training.counted.v1}', ARRAY['{"actor":"x","service":"trainer","codeVersion":"1"}'], ARRAY['{"number":3}'])""");
            await transaction.CommitAsync();
        }

        await Eventually.TrueAsync(() => Task.FromResult(_seen.Contains(3)));
        Assert.Equal([1, 2, 2, 3], _seen);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }

    private Task SeeAsync(IReadOnlyList<StoredEvent> events, NpgsqlTransaction? transaction, CancellationToken ct)
    {
        lock (_seen)
            _seen.AddRange(events.Select(e => e.Position));
        return Task.CompletedTask;
    }

    private static Task AppendAsync(LedgerStore store, string stream, int count) =>
        store.AppendAsync([Facts.Write(stream, Expected.Any, Enumerable.Range(1, count).Select(n => new Counted(n)))], Facts.Tester);

    private async Task RunUntilAsync(Subscription subscription, int position)
    {
        await using var running = new Running(subscription.RunAsync);
        await Eventually.TrueAsync(async () => await Ledger.AdminAsync("SELECT max(position) FROM trainer.subscription") is long at && at >= position);
    }
}
