namespace AgentOps.Ledger.Tests;

public sealed class LeaseTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    private const string Work = "training-a";
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(300);

    // Where a test does not move it, no heartbeat is ever sent and the holder believes in its lease for ever.
    private readonly ManualTime _still = new();

    [Fact]
    public async Task A_lease_has_one_holder_until_it_is_given_up()
    {
        var leases = new Leases(Ledger.Store());
        var first = await TakeAsync(leases, "one", Long);
        Assert.Equal(1, first!.Fence);
        Assert.Null(await TakeAsync(leases, "two", Long));

        await first.DisposeAsync();
        await using var second = await TakeAsync(leases, "two", Long);

        Assert.Equal(2, second!.Fence);
        Assert.Equal(["one", "two"], (await Ledger.Store().ReadStreamAsync(Work).ToListAsync()).Select(e => ((Leased)e.Data).Holder));
    }

    [Fact]
    public async Task A_lapsed_lease_goes_to_the_next_and_the_stale_holders_append_fails()
    {
        var store = Ledger.Store();
        await using var stale = await TakeAsync(new Leases(store, _still), "stale", Short);
        await stale!.AppendAsync([NewEvent.Of(new Counted(1))], Facts.Tester);
        var leases = new Leases(Ledger.Store());
        await using var next = await Eventually.NotNullAsync(() => TakeAsync(leases, "next", Long));
        Assert.Equal(3, next.Fence);

        await Assert.ThrowsAsync<LostLeaseException>(() => stale.AppendAsync([NewEvent.Of(new Counted(2))], Facts.Tester));
        Assert.True(stale.Token.IsCancellationRequested);
        await next.AppendAsync([NewEvent.Of(new Counted(3))], Facts.Tester);

        Assert.Equal(["training.leased.v1", "training.counted.v1", "training.leased.v1", "training.counted.v1"], (await store.ReadStreamAsync(Work).ToListAsync()).Select(e => e.Type));
    }

    [Fact]
    public async Task Events_of_others_in_the_stream_do_not_end_a_lease()
    {
        var store = Ledger.Store();
        await using var lease = await TakeAsync(new Leases(store), "one", Long);
        await store.AppendAsync([Facts.Write(Work, Expected.Any, new Noted("please hurry"))], Facts.Tester);
        await lease!.AppendAsync([NewEvent.Of(new Counted(1))], Facts.Tester);
        Assert.Equal(3, lease.Version);
    }

    [Fact]
    public async Task Heartbeats_keep_a_lease_beyond_its_duration_and_are_no_events()
    {
        await using var lease = await TakeAsync(new Leases(Ledger.Store(), _still), "one", Long);
        var until = (DateTime)(await Ledger.AdminAsync("SELECT expires_at FROM ledger.lease"))!;
        for (var beat = 1; beat <= 6; beat++)
        {
            _still.Advance(Long / 3);
            var before = until;
            await Eventually.TrueAsync(async () => (until = (DateTime)(await Ledger.AdminAsync("SELECT expires_at FROM ledger.lease"))!) > before);
        }

        Assert.False(lease!.Token.IsCancellationRequested);
        Assert.Equal(1, await Ledger.Store().HeadAsync());
    }

    [Fact]
    public async Task A_lease_that_another_took_fires_its_token_at_the_next_heartbeat()
    {
        await using var lease = await TakeAsync(new Leases(Ledger.Store(), _still), "one", Long);
        await Ledger.AdminAsync("UPDATE ledger.lease SET token = 9, holder = 'another'");
        _still.Advance(Long / 3);
        await Eventually.FiresAsync(lease!.Token);
    }

    [Fact]
    public async Task A_lease_without_heartbeats_lapses_by_the_holders_own_clock()
    {
        await using var lease = await TakeAsync(new Leases(Ledger.Store(), _still), "one", Long);
        _still.Advance(Long);
        await Eventually.FiresAsync(lease!.Token);
        await Assert.ThrowsAsync<LostLeaseException>(() => lease.AppendAsync([NewEvent.Of(new Counted(1))], Facts.Tester));
        Assert.Equal(1, await Ledger.Store().HeadAsync());
    }

    [Fact]
    public async Task Work_that_moved_on_since_it_was_read_is_not_leased()
    {
        var store = Ledger.Store();
        await store.AppendAsync([Facts.Write(Work, Expected.NoStream, new Counted(1))], Facts.Tester);
        var conflict = await Assert.ThrowsAsync<VersionConflictException>(() =>
            new Leases(store).TakeAsync(Work, "one", Long, new Leased("one"), Facts.Tester, Expected.NoStream));
        Assert.Equal(1, conflict.Version);
        Assert.Equal(0L, await Ledger.AdminAsync("SELECT count(*) FROM ledger.lease"));
    }

    [Fact]
    public async Task A_service_cannot_lease_prolong_or_release_anothers_work()
    {
        await using var lease = await TakeAsync(new Leases(Ledger.Store()), "one", Long);
        await Assert.ThrowsAsync<AppendRefusedException>(() => TakeAsync(new Leases(Ledger.Store("judge")), "thief", Long, "training-b"));

        await using var judge = Ledger.DataSource("judge");
        await using var prolong = judge.CreateCommand($"SELECT ledger.prolong_lease('{Work}', 1, 1000)");
        Assert.Equal(false, await prolong.ExecuteScalarAsync());
        await using var release = judge.CreateCommand($"SELECT ledger.release_lease('{Work}', 1)");
        await release.ExecuteNonQueryAsync();
        Assert.Equal(1L, await Ledger.AdminAsync("SELECT count(*) FROM ledger.lease"));
    }

    private static Task<Lease?> TakeAsync(Leases leases, string holder, TimeSpan duration, string stream = Work) =>
        leases.TakeAsync(stream, holder, duration, new Leased(holder), Facts.Tester, Expected.Any);
}
