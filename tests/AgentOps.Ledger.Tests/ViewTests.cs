using Npgsql;

namespace AgentOps.Ledger.Tests;

public sealed class ViewTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    private static readonly View Sums = new("sums", 1, ["training"], ["sums"],
        "CREATE TABLE sums (stream text PRIMARY KEY, value bigint NOT NULL); CREATE INDEX ON sums (value);", Add);

    private static void Add(StoredEvent stored, ViewChanges changes) =>
        changes.Add("INSERT INTO sums VALUES (@Stream, @Number) ON CONFLICT (stream) DO UPDATE SET value = sums.value + @Number",
            new { stored.Stream }, new { Number = (long)((Counted)stored.Data).Number });

    [Fact]
    public async Task A_view_follows_the_ledger_and_a_rebuilt_one_is_equal()
    {
        var store = Ledger.Store();
        var projection = new Projection(store, "trainer", Sums);
        await using var running = new Running(projection.RunAsync);
        var last = await AppendAsync(store, 40);

        Assert.Equal(0, await projection.WaitForAsync(last, TimeSpan.FromMinutes(1)));
        var live = await RowsAsync("trainer");
        // Streams 0 … 3 get n with n % 4 = stream: 0+4+…+36, 1+5+…+37, 2+…+38, 3+…+39.
        Assert.Equal("training-0=180 training-1=190 training-2=200 training-3=210", live);

        await projection.RebuildAsync();
        Assert.Equal(live, await RowsAsync("trainer"));

        // And the rebuilt view goes on following.
        Assert.Equal(0, await projection.WaitForAsync(await AppendAsync(store, 4), TimeSpan.FromMinutes(1)));
        Assert.Equal("training-0=180 training-1=191 training-2=202 training-3=213", await RowsAsync("trainer"));
    }

    [Fact]
    public async Task A_view_as_of_a_past_position_stands_beside_the_live_one()
    {
        var store = Ledger.Store();
        var projection = new Projection(store, "trainer", Sums);
        await using var running = new Running(projection.RunAsync);
        var past = await AppendAsync(store, 8);
        var last = await AppendAsync(store, 8);
        await projection.WaitForAsync(last, TimeSpan.FromMinutes(1));

        var schema = await projection.RebuildAsOfAsync(past);

        Assert.Equal("training-0=4 training-1=6 training-2=8 training-3=10", await RowsAsync(schema));
        Assert.Equal("training-0=8 training-1=12 training-2=16 training-3=20", await RowsAsync("trainer"));
        Assert.Equal(0, await projection.WaitForAsync(last));
    }

    [Fact]
    public async Task A_view_defined_anew_is_rebuilt_when_it_starts()
    {
        var store = Ledger.Store();
        var last = await AppendAsync(store, 8);
        await using (var running = new Running(new Projection(store, "trainer", Sums).RunAsync))
            await new Projection(store, "trainer", Sums).WaitForAsync(last, TimeSpan.FromMinutes(1));

        var doubled = Sums with { Version = 2, Apply = (e, changes) => { Add(e, changes); Add(e, changes); } };
        var projection = new Projection(store, "trainer", doubled);
        await using (var running = new Running(projection.RunAsync))
            Assert.Equal(0, await projection.WaitForAsync(last, TimeSpan.FromMinutes(1)));

        Assert.Equal("training-0=8 training-1=12 training-2=16 training-3=20", await RowsAsync("trainer"));
    }

    [Fact]
    public async Task A_view_that_lags_says_by_how_many_of_its_own_events()
    {
        var store = Ledger.Store();
        await AppendAsync(store, 3);
        var last = (await Ledger.Store("judge").AppendAsync([Facts.Write("review-a", Expected.Any, new Reviewed("not in this view"))], Facts.Tester)).Position;
        var projection = new Projection(store, "trainer", Sums);

        Assert.Equal(3, await projection.WaitForAsync(last, TimeSpan.Zero));
        await using var running = new Running(projection.RunAsync);
        Assert.Equal(0, await projection.WaitForAsync(last, TimeSpan.FromMinutes(1)));
    }

    [Fact]
    public async Task Nothing_and_many_values_and_those_of_two_objects_reach_the_rows()
    {
        var view = Sums with
        {
            Ddl = "CREATE TABLE sums (stream text, value bigint, words text[])",
            Apply = (stored, changes) => changes.Add("INSERT INTO sums VALUES (@Stream, @Number, @Words)", new { stored.Stream, Number = (long?)null }, new { Words = new[] { "a", "b" } }),
        };
        var store = Ledger.Store();
        await AppendAsync(store, 1);

        await new Projection(store, "trainer", view).RebuildAsync();

        Assert.Equal("training-0 null {a,b}", await Ledger.AdminAsync("SELECT stream || ' ' || coalesce(value::text, 'null') || ' ' || words::text FROM trainer.sums"));
    }

    [Fact]
    public async Task A_character_that_no_row_can_hold_stops_no_view()
    {
        var view = Sums with
        {
            Ddl = "CREATE TABLE sums (word text, words text[])",
            Apply = (stored, changes) => changes.Add("INSERT INTO sums VALUES (@Word, @Words)", new { Word = "a\0b", Words = new[] { "c\0", null } }),
        };
        var store = Ledger.Store();
        await AppendAsync(store, 1);

        await new Projection(store, "trainer", view).RebuildAsync();

        Assert.Equal("a\uFFFDb {c\uFFFD,NULL}", await Ledger.AdminAsync("SELECT word || ' ' || words::text FROM trainer.sums"));
    }

    [Fact]
    public async Task Two_values_of_one_name_are_refused()
    {
        var view = Sums with { Apply = (stored, changes) => changes.Add("INSERT INTO sums VALUES (@Stream, 1)", new { stored.Stream }, new { Stream = "another" }) };
        var store = Ledger.Store();
        await AppendAsync(store, 1);

        var refused = await Assert.ThrowsAsync<ArgumentException>(() => new Projection(store, "trainer", view).RebuildAsync());

        Assert.Contains("'Stream'", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rebuild_whose_turn_is_lost_is_given_up_and_the_live_view_stays()
    {
        var store = Ledger.Store();
        await AppendAsync(store, 8);
        var lost = false;
        var view = Sums with
        {
            Apply = (stored, changes) =>
            {
                if (lost)
                    Ledger.AdminAsync("SELECT count(pg_terminate_backend(l.pid)) FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND a.usename = 'trainer' AND a.datname = current_database()").GetAwaiter().GetResult();
                Add(stored, changes);
            },
        };
        var projection = new Projection(store, "trainer", view);
        await projection.RebuildAsync();
        await Ledger.AdminAsync("UPDATE trainer.sums SET value = 77");

        lost = true;
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => projection.RebuildAsync());

        Assert.Equal("training-0=77 training-1=77 training-2=77 training-3=77", await RowsAsync("trainer"));
    }

    [Fact]
    public async Task A_statement_that_fails_in_the_middle_of_a_page_names_its_event_and_nothing_of_the_page_is_kept()
    {
        var view = Sums with { Apply = (stored, changes) => changes.Add("INSERT INTO sums VALUES (@Stream, 100 / @Number)", new { stored.Stream, Number = (long)((Counted)stored.Data).Number }) };
        var store = Ledger.Store();
        var projection = new Projection(store, "trainer", view);
        await projection.RebuildAsync();
        List<long> positions = [];
        foreach (var number in (int[])[1, 2, 0, 4])
            positions.Add((await store.AppendAsync([Facts.Write($"training-{number}", Expected.Any, new Counted(number))], Facts.Tester)).Position);

        var failed = await Assert.ThrowsAsync<SubscriptionStoppedException>(() => projection.RunAsync(CancellationToken.None));

        Assert.Contains($"stopped at position {positions[2]}:", failed.Message, StringComparison.Ordinal);
        Assert.Null(await RowsAsync("trainer"));
    }

    private static async Task<long> AppendAsync(LedgerStore store, int count)
    {
        var last = 0L;
        for (var n = 0; n < count; n++)
            last = (await store.AppendAsync([Facts.Write($"training-{n % 4}", Expected.Any, new Counted(n))], Facts.Tester)).Position;
        return last;
    }

    private async Task<string?> RowsAsync(string schema) =>
        await Ledger.AdminAsync($"SELECT string_agg(stream || '=' || value, ' ' ORDER BY stream) FROM {schema}.sums") as string;
}
