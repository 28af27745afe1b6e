namespace AgentOps.Ledger.Tests;

public sealed class LostConnectionTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    private const string Backends = "FROM pg_stat_activity WHERE datname = current_database() AND usename = 'trainer'";
    private static readonly View Nothing = new("nothing", 1, ["training"], [], "", (_, _) => { });

    [Fact]
    public async Task A_connection_lost_after_the_commit_stores_nothing_twice()
    {
        var store = Ledger.Store();
        try
        {
            // A standby that never answers holds the session between its local commit and its answer.
            await ConfigureAsync("SET synchronous_standby_names = 'nobody'");
            var append = store.AppendAsync([Facts.Write("training-a", Expected.NoStream, new Counted(1))], Facts.Tester);
            await Eventually.TrueAsync(async () => (bool)(await Ledger.AdminAsync($"SELECT count(*) > 0 {Backends} AND wait_event = 'SyncRep'"))!);
            await Ledger.AdminAsync($"SELECT pg_terminate_backend(pid) {Backends} AND wait_event = 'SyncRep'");
            await ConfigureAsync("RESET synchronous_standby_names");

            var result = await append;
            Assert.Equal((true, 1L), (result.Repeated, result.Position));
            Assert.Equal(1, await store.HeadAsync());
        }
        finally
        {
            await ConfigureAsync("RESET synchronous_standby_names");
        }
    }

    [Fact]
    public async Task Sessions_killed_at_random_lose_nothing_and_double_nothing()
    {
        LedgerStore[] stores = [Ledger.Store(), Ledger.Store()];
        var writes = Enumerable.Range(0, 400).Select(i => Facts.Write($"training-{i % 10}", Expected.Any, new Counted(i))).ToArray();
        var appending = Task.WhenAll(writes.Select((write, i) => Task.Run(() => stores[i % 2].AppendAsync([write], Facts.Tester))));
        for (var kill = 0; kill < 20 && !appending.IsCompleted; kill++)
            await Ledger.AdminAsync($"SELECT count(pg_terminate_backend(pid)) {Backends}");
        var results = await appending;

        Assert.Equal(Enumerable.Range(1, 400).Select(n => (long)n), results.Select(r => r.Position).Order());
        var stored = (await stores[0].ReadAsync(0, 500)).Events;
        Assert.Equal(writes.Select(w => w.Events[0].Id).Order(), stored.Select(e => e.Id).Order());
        foreach (var (write, result) in writes.Zip(results))
            Assert.Equal(write.Events[0].Id, stored[(int)result.Position - 1].Id);
    }

    public static readonly TheoryData<string, Func<LedgerStore, Task<object?>>> Reads = new()
    {
        { "the head", async store => await store.HeadAsync() },
        { "a page", async store => (await store.ReadAsync(0, 10)).Position },
        { "one event", async store => (await store.ReadAtAsync(1))!.Position },
        { "a stream", async store => (await store.FoldAsync<Counted>("training-a", (_, e) => (Counted)e)).Position },
        { "several streams", async store => await store.ReadStreamsAsync(["training-a"]).CountAsync() + 0L },
        { "how far a view lags", async store => await new Projection(store, "trainer", Nothing).WaitForAsync(1, TimeSpan.Zero) },
    };

    [Theory]
    [MemberData(nameof(Reads))]
    public async Task A_read_over_connections_that_died_in_the_pool_is_answered(string what, Func<LedgerStore, Task<object?>> read)
    {
        var store = Ledger.Store();
        await store.AppendAsync([Facts.Write("training-a", Expected.NoStream, new Counted(1))], Facts.Tester);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => read(store)));
        await EndSessionsAsync();

        Assert.True(await read(store) is 1L, what);
    }

    [Fact]
    public async Task Streams_read_while_sessions_end_give_every_event_once()
    {
        // More than two pages.
        const int events = 1200;
        var store = Ledger.Store();
        await store.AppendAsync([Facts.Write("training-a", Expected.NoStream, Enumerable.Range(1, events).Select(n => new Counted(n)))], Facts.Tester);
        foreach (var read in (IAsyncEnumerable<StoredEvent>[])[store.ReadStreamAsync("training-a"), store.ReadStreamsAsync(["training-a", "training-b"])])
        {
            var seen = new List<int>();
            await foreach (var stored in read)
            {
                if (stored.Version % 100 == 1)
                    await EndSessionsAsync();
                seen.Add(((Counted)stored.Data).Number);
            }
            Assert.Equal(Enumerable.Range(1, events), seen);
        }
    }

    [Fact]
    public async Task A_read_from_a_database_that_stays_away_gives_up_with_one_sentence()
    {
        var time = new ManualTime();
        await using var nowhere = LedgerDataSource.Create("Host=127.0.0.1;Port=1;Username=nobody");
        await using var store = new LedgerStore(nowhere, Facts.Registry, new Producer("trainer", "test"), time);
        var read = store.HeadAsync();
        await Eventually.TrueAsync(() =>
        {
            time.Advance(TimeSpan.FromSeconds(2));
            return Task.FromResult(read.IsCompleted);
        });

        var away = await Assert.ThrowsAsync<LedgerUnavailableException>(() => read);
        Assert.StartsWith("The ledger's database did not answer for 30 s: ", away.Message, StringComparison.Ordinal);
    }

    /// <summary>Returns when none of the pool's sessions lives.</summary>
    private Task EndSessionsAsync() => Ledger.AdminAsync($"SELECT count(pg_terminate_backend(pid, 60000)) {Backends}");

    private async Task ConfigureAsync(string change)
    {
        await Ledger.AdminAsync($"ALTER SYSTEM {change}");
        await Ledger.AdminAsync("SELECT pg_reload_conf()");
    }
}
