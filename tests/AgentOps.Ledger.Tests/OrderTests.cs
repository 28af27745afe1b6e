namespace AgentOps.Ledger.Tests;

public sealed class OrderTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    // Fires inside the commit, so that a transaction that began later could overtake one that is still committing.
    private const string SlowCommits = """
        CREATE FUNCTION public.dawdle() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(random() * 0.02); RETURN NULL; END $$;
        GRANT USAGE ON SCHEMA public TO agentops_owner;
        CREATE CONSTRAINT TRIGGER slow_commit AFTER INSERT ON ledger.event DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.dawdle();
        """;

    [Fact]
    public async Task Eight_writers_with_slow_commits_leave_no_gap_and_a_reader_misses_nothing()
    {
        await Ledger.AdminAsync(SlowCommits);
        var writing = Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(() => WriteAsync(writer, 15))));
        var seen = new List<long>();
        var reader = Ledger.Store("judge");
        while (!writing.IsCompleted || seen.Count < await reader.HeadAsync())
        {
            var page = await reader.ReadAsync(seen.LastOrDefault(), 500);
            seen.AddRange(page.Events.Select(e => e.Position));
            // A reader that sees position N sees as many events as N.
            Assert.Equal(true, await Ledger.AdminAsync("SELECT count(*) = coalesce(max(position), 0) FROM ledger.event"));
        }
        await writing;

        // 8 writers × 15 appends × 2 events.
        Assert.Equal(Enumerable.Range(1, 240).Select(n => (long)n), seen);
    }

    [Fact]
    public async Task A_reader_that_goes_on_behind_what_a_page_says_misses_nothing_that_comes_meanwhile()
    {
        var writing = Task.WhenAll(Enumerable.Range(0, 8).Select(writer => Task.Run(() => WriteAsync(writer, 250))));
        var (seen, behind) = (new List<long>(), 0L);
        var reader = Ledger.Store("judge");
        while (!writing.IsCompleted || behind < await reader.HeadAsync())
        {
            var page = await reader.ReadAsync(behind, 500, ["training"]);
            behind = page.Position;
            seen.AddRange(page.Events.Select(e => e.Position));
        }
        await writing;

        Assert.Equal(Enumerable.Range(1, 8 * 250 * 2).Select(n => (long)n), seen);
    }

    private async Task WriteAsync(int writer, int appends)
    {
        var store = Ledger.Store();
        for (var i = 0; i < appends; i++)
            await store.AppendAsync([Facts.Write($"training-{writer}", Expected.Version(2 * i), new Counted(2 * i), new Counted((2 * i) + 1))], Facts.Tester);
    }

    [Fact]
    public async Task Refused_appends_burn_no_position()
    {
        var store = Ledger.Store();
        await store.AppendAsync([Facts.Write("training-a", Expected.NoStream, new Counted(1))], Facts.Tester);
        await Assert.ThrowsAsync<VersionConflictException>(() => store.AppendAsync([Facts.Write("training-a", Expected.NoStream, new Counted(1))], Facts.Tester));
        await Assert.ThrowsAsync<AppendRefusedException>(() => store.AppendAsync([Facts.Write("run-a", Expected.Any, new Counted(1))], Facts.Tester));
        Assert.Equal(2, (await store.AppendAsync([Facts.Write("training-a", Expected.Version(1), new Counted(2))], Facts.Tester)).Position);
    }

    [Fact]
    public async Task Reading_by_category_goes_on_behind_what_it_passed_over()
    {
        await Ledger.Store().AppendAsync([Facts.Write("training-a", Expected.Any, new Counted(1))], Facts.Tester);
        await Ledger.Store("judge").AppendAsync([Facts.Write("review-a", Expected.Any, new Reviewed("x"))], Facts.Tester);
        await Ledger.Store().AppendAsync([Facts.Write("training-a", Expected.Any, new Counted(3))], Facts.Tester);
        var store = Ledger.Store("registry");

        var reviews = await store.ReadAsync(0, 10, ["review"]);
        Assert.Equal([2L], reviews.Events.Select(e => e.Position));
        Assert.Equal(3, reviews.Position);
        var first = await store.ReadAsync(0, 1, ["training", "review"]);
        Assert.Equal([1L], first.Events.Select(e => e.Position));
        Assert.Equal(1, first.Position);
        Assert.Equal([1L, 3L], (await store.ReadStreamsAsync(["training-a"]).ToListAsync()).Select(e => e.Position));
        Assert.Equal("review-a", (await store.ReadAtAsync(2))!.Stream);
        Assert.Null(await store.ReadAtAsync(4));
    }
}
