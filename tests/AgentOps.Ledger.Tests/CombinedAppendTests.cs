using Npgsql;

namespace AgentOps.Ledger.Tests;

/// <summary>Appends that wait together go in one call; the head row held by the test makes them wait.</summary>
public sealed class CombinedAppendTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    [Fact]
    public async Task A_conflict_of_one_fails_no_other()
    {
        var store = Ledger.Store();
        var outcomes = await TogetherAsync(store,
            Facts.Write("training-a", Expected.NoStream, new Counted(1)),
            Facts.Write("training-b", Expected.Version(7), new Counted(2)),
            Facts.Write("training-c", Expected.Any, new Counted(3)));

        Assert.Equal(1 + 1, (await outcomes[0]).Position);
        await Assert.ThrowsAsync<VersionConflictException>(() => outcomes[1]);
        Assert.Equal(1 + 2, (await outcomes[2]).Position);
    }

    [Fact]
    public async Task Two_appends_to_one_stream_are_judged_in_order()
    {
        var store = Ledger.Store();
        var outcomes = await TogetherAsync(store,
            Facts.Write("training-a", Expected.NoStream, new Counted(1), new Counted(2)),
            Facts.Write("training-a", Expected.NoStream, new Counted(3)),
            Facts.Write("training-a", Expected.Version(2), new Counted(4)),
            Facts.Write("training-a", Expected.Any, new Counted(5)));

        Assert.Equal(2, (await outcomes[0]).Writes[0].Version);
        Assert.Equal(2, (await Assert.ThrowsAsync<VersionConflictException>(() => outcomes[1])).Version);
        Assert.Equal(3, (await outcomes[2]).Writes[0].Version);
        Assert.Equal(4, (await outcomes[3]).Writes[0].Version);
        Assert.Equal([1, 2, 4, 5], (await store.ReadStreamAsync("training-a").ToListAsync()).Select(e => ((Counted)e.Data).Number));
    }

    [Fact]
    public async Task A_refused_stream_a_repeat_and_an_id_that_is_taken_fail_alone()
    {
        var store = Ledger.Store();
        var stored = Facts.Write("training-x", Expected.NoStream, new Counted(0));
        await store.AppendAsync([stored], Facts.Tester);
        var outcomes = await TogetherAsync(store,
            Facts.Write("run-a", Expected.Any, new Counted(1)),
            stored,
            stored with { Stream = "training-y", Expected = Expected.Any },
            Facts.Write("training-z", Expected.NoStream, new Counted(2)));

        await Assert.ThrowsAsync<AppendRefusedException>(() => outcomes[0]);
        Assert.Equal((true, 1L), ((await outcomes[1]).Repeated, (await outcomes[1]).Position));
        await Assert.ThrowsAsync<AppendRefusedException>(() => outcomes[2]);
        Assert.Equal(3, (await outcomes[3]).Position);
    }

    [Fact]
    public async Task The_same_append_twice_at_once_is_stored_once()
    {
        var store = Ledger.Store();
        var write = Facts.Write("training-a", Expected.NoStream, new Counted(1));
        var both = await Task.WhenAll(await TogetherAsync(store, write, write));

        Assert.Equal([2L, 2L], both.Select(result => result.Position));
        Assert.Equal(2, await store.HeadAsync());
    }

    [Fact]
    public async Task What_waits_together_shares_a_commit()
    {
        var store = Ledger.Store();
        var outcomes = await TogetherAsync(store, [.. Enumerable.Range(0, 50).Select(i => Facts.Write($"training-{i}", Expected.NoStream, new Counted(i)))]);
        await Task.WhenAll(outcomes);

        // The blocker's commit is one, all 50 others share the second.
        Assert.Equal(2L, await Ledger.AdminAsync("SELECT count(DISTINCT xmin::text) FROM ledger.event"));
    }

    [Fact]
    public async Task Each_event_keeps_the_meta_of_its_own_append()
    {
        var store = Ledger.Store();
        await Task.WhenAll(await TogetherAsync(store,
            Facts.Write("training-a", Expected.NoStream, new Counted(1), new Counted(2), new Counted(3)),
            Facts.Write("training-b", Expected.NoStream, new Counted(4)),
            Facts.Write("training-c", Expected.NoStream, new Counted(5), new Counted(6))));

        foreach (var stream in (string[])["training-a", "training-b", "training-c"])
            Assert.All(await store.ReadStreamAsync(stream).ToListAsync(), stored => Assert.Equal(stream, stored.Meta.Actor));
    }

    [Fact]
    public async Task A_cancelled_append_that_has_not_been_sent_is_never_stored()
    {
        var store = Ledger.Store();
        using var cancel = new CancellationTokenSource();
        await using (var head = await HeldHead.TakeAsync(Ledger))
        {
            var first = store.AppendAsync([Facts.Write("training-a", Expected.Any, new Counted(1))], Facts.Tester);
            await head.SomebodyWaitsAsync();
            var second = store.AppendAsync([Facts.Write("training-a", Expected.Any, new Counted(2))], Facts.Tester, cancel.Token);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => second);
            await head.ReleaseAsync();
            await first;
        }
        await store.AppendAsync([Facts.Write("training-a", Expected.Any, new Counted(3))], Facts.Tester);
        Assert.Equal([1, 3], (await store.ReadStreamAsync("training-a").ToListAsync()).Select(e => ((Counted)e.Data).Number));
    }

    /// <summary>Lets one append wait for the head row, the given ones queue behind it, each by an actor called as its stream, and then all go.</summary>
    private async Task<Task<AppendResult>[]> TogetherAsync(LedgerStore store, params StreamWrite[] writes)
    {
        await using var head = await HeldHead.TakeAsync(Ledger);
        var blocker = store.AppendAsync([Facts.Write("training-blocker", Expected.Any, new Counted(0))], Facts.Tester);
        await head.SomebodyWaitsAsync();
        var outcomes = writes.Select(write => store.AppendAsync([write], Facts.Tester with { Actor = write.Stream })).ToArray();
        await head.ReleaseAsync();
        await blocker;
        await ((Task)Task.WhenAll(outcomes)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return outcomes;
    }

    private sealed class HeldHead : IAsyncDisposable
    {
        private readonly LedgerDatabase _ledger;
        private readonly NpgsqlConnection _connection;

        private HeldHead(LedgerDatabase ledger, NpgsqlConnection connection) => (_ledger, _connection) = (ledger, connection);

        public static async Task<HeldHead> TakeAsync(LedgerDatabase ledger)
        {
            var connection = new NpgsqlConnection(ledger.AdminConnectionString);
            await connection.OpenAsync();
            await using var take = new NpgsqlCommand("BEGIN; SELECT FROM ledger.head FOR UPDATE", connection);
            await take.ExecuteNonQueryAsync();
            return new(ledger, connection);
        }

        public Task SomebodyWaitsAsync() => Eventually.TrueAsync(async () =>
            (bool)(await _ledger.AdminAsync("SELECT count(*) > 0 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"))!);

        public async Task ReleaseAsync()
        {
            await using var release = new NpgsqlCommand("ROLLBACK", _connection);
            await release.ExecuteNonQueryAsync();
        }

        public ValueTask DisposeAsync() => _connection.DisposeAsync();
    }
}
