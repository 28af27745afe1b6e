namespace AgentOps.Ledger.Tests;

public sealed class LostConnectionTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    private const string Backends = "FROM pg_stat_activity WHERE datname = current_database() AND usename = 'trainer'";

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

    private async Task ConfigureAsync(string change)
    {
        await Ledger.AdminAsync($"ALTER SYSTEM {change}");
        await Ledger.AdminAsync("SELECT pg_reload_conf()");
    }
}
