using AgentOps.Contracts;
using Npgsql;

namespace AgentOps.Ledger.Tests;

public sealed class AccessTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    [Fact]
    public async Task A_service_cannot_append_to_anothers_category()
    {
        var refused = await Assert.ThrowsAsync<AppendRefusedException>(() =>
            Ledger.Store("generator").AppendAsync([Facts.Write("training-a", Expected.Any, new Counted(1))], Facts.Tester));

        Assert.Contains("belongs to trainer, not to generator", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await Ledger.Store().HeadAsync());
    }

    [Fact]
    public async Task A_foreign_stream_refuses_the_whole_append()
    {
        await Assert.ThrowsAsync<AppendRefusedException>(() => Ledger.Store().AppendAsync(
            [Facts.Write("training-a", Expected.Any, new Counted(1)), Facts.Write("run-a", Expected.Any, new Counted(1))], Facts.Tester));
        Assert.Equal(0, await Ledger.Store().HeadAsync());
    }

    [Fact]
    public async Task A_category_that_nobody_owns_takes_no_event() =>
        await Assert.ThrowsAsync<AppendRefusedException>(() =>
            Ledger.Store().AppendAsync([Facts.Write("secrets-a", Expected.Any, new Counted(1))], Facts.Tester));

    [Fact]
    public async Task An_event_of_anothers_type_is_refused_in_a_stream_of_ones_own()
    {
        // Whoever reads by type, as the relay and every consumer do, must be able to believe it.
        var judge = Ledger.Store("judge");

        var refused = await Assert.ThrowsAsync<AppendRefusedException>(() =>
            judge.AppendAsync([Facts.Write("judgement-a", Expected.Any, new Counted(1))], Facts.Tester));

        Assert.Contains("an event of type 'training.counted.v1' cannot stand in stream 'judgement-a'", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0, await judge.HeadAsync());
    }

    [Fact]
    public async Task A_step_of_a_run_stands_in_the_runs_stream()
    {
        await using var pipeline = Ledger.DataSource("pipeline");
        await using var store = new LedgerStore(pipeline, new EventRegistry(EventType.Of<Noted>("step.noted.v1"), EventType.Of<Counted>("run.counted.v1")), new Producer("pipeline", "test"));

        await store.AppendAsync([Facts.Write("run-a", Expected.NoStream, new Counted(1), new Noted("a step"))], Facts.Tester);

        Assert.Equal(2, await store.HeadAsync());
    }

    public static TheoryData<string> Changes => new(
        "INSERT INTO ledger.event SELECT 2, gen_random_uuid(), stream, 2, type, data, meta, at, leaf FROM ledger.event",
        "UPDATE ledger.event SET data = '{}'",
        "DELETE FROM ledger.event",
        "TRUNCATE ledger.event");

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_service_has_no_right_to_change_the_table(string sql)
    {
        await AppendOneAsync();
        await using var service = Ledger.DataSource("trainer");
        await using var command = service.CreateCommand(sql);
        var denied = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
        Assert.Contains("permission denied", denied.MessageText, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task Even_the_owner_and_the_superuser_meet_a_trigger(string sql)
    {
        await AppendOneAsync();
        foreach (var become in new[] { "SET ROLE agentops_owner", "SET SESSION AUTHORIZATION agentops_owner", "SET ROLE postgres" })
        {
            var denied = await Assert.ThrowsAsync<PostgresException>(() => Ledger.AdminAsync($"{become}; {sql}"));
            Assert.Matches("append-only|through ledger.append only", denied.MessageText);
        }
    }

    [Fact]
    public async Task A_session_that_could_lose_an_acknowledged_event_is_refused()
    {
        await using var careless = LedgerDataSource.Create(Ledger.ConnectionString("trainer") + ";Options=-c synchronous_commit=off");
        await using var store = new LedgerStore(careless, Facts.Registry, new Producer("trainer", "test"));

        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            store.AppendAsync([Facts.Write("training-a", Expected.Any, new Counted(1))], Facts.Tester));

        Assert.Contains("synchronous_commit must be on", refused.MessageText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("'{1}'", "'{{}}'", "'{{},{}}'")]
    [InlineData("'{2}'", "'{{},{}}'", "'{{},{}}'")]
    [InlineData("'{2}'", "'{{}}'", "'{{}}'")]
    public async Task A_call_whose_arrays_do_not_fit_each_other_is_refused(string counts, string metas, string datas)
    {
        string Json(string array) => array.Replace("{}", "\"{}\"", StringComparison.Ordinal);
        await using var service = Ledger.DataSource("trainer");
        await using var command = service.CreateCommand(
            $"SELECT * FROM ledger.append('{{1}}', '{{training-a}}', '{{-1}}', {counts}, ARRAY[gen_random_uuid(), gen_random_uuid()], '{{counted.v1,counted.v1}}', {Json(metas)}, {Json(datas)})");

        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());

        Assert.Contains("do not fit each other", refused.MessageText, StringComparison.Ordinal);
        Assert.Equal(0, await Ledger.Store().HeadAsync());
    }

    [Theory]
    [InlineData("{{training-a}}")]
    [InlineData("[0:0]={training-a}")]
    [InlineData("{}")]
    [InlineData("{NULL}")]
    public async Task Streams_of_another_shape_than_a_list_are_refused_with_the_same_sentence(string streams)
    {
        await using var service = Ledger.DataSource("trainer");
        await using var command = service.CreateCommand(
            $$"""SELECT * FROM ledger.append('{1}', '{{streams}}', '{-1}', '{1}', ARRAY[gen_random_uuid()], '{counted.v1}', '{"{}"}', '{"{}"}')""");

        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());

        Assert.Contains("do not fit each other", refused.MessageText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{NULL,1}", 1)]
    [InlineData("{1,NULL}", 1)]
    [InlineData("{5,-5}", 0)]
    [InlineData("{0,1}", 1)]
    [InlineData("{2,-1}", 1)]
    [InlineData("[0:1]={1,1}", 2)]
    [InlineData("{{1},{1}}", 2)]
    public async Task A_count_that_would_move_the_head_to_where_no_event_stands_is_refused(string counts, int events)
    {
        await AppendOneAsync();
        await using var service = Ledger.DataSource("trainer");
        await using var command = service.CreateCommand($$"""
            SELECT * FROM ledger.append('{1,2}', '{training-a,training-b}', '{-1,-1}', '{{counts}}',
                (SELECT coalesce(array_agg(gen_random_uuid()), '{}') FROM generate_series(1, {{events}})), array_fill('counted.v1'::text, ARRAY[{{events}}]), '{"{}","{}"}', array_fill('{}'::text, ARRAY[{{events}}]))
            """);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());

        Assert.Contains("do not fit each other", refused.MessageText, StringComparison.Ordinal);
        Assert.Equal(1, await Ledger.Store().HeadAsync());
    }

    [Fact]
    public async Task A_service_sees_no_other_services_schema_and_calls_no_inner_function()
    {
        await using var service = Ledger.DataSource("trainer");
        foreach (var sql in new[] { "SELECT * FROM judge.subscription", "SELECT ledger.known_events('{}')", "UPDATE ledger.head SET position = 7" })
        {
            await using var command = service.CreateCommand(sql);
            var denied = await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync());
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, denied.SqlState);
        }
    }

    [Fact]
    public async Task Whoever_verifies_reads_all_of_the_ledger_and_writes_nothing()
    {
        await AppendOneAsync();
        await using var reader = Ledger.DataSource(LedgerMigration.Reader);
        await using (var read = reader.CreateCommand("SELECT (SELECT count(*) FROM ledger.event) + 0 * (SELECT count(*) FROM ledger.checkpoint)"))
            Assert.Equal(1L, await read.ExecuteScalarAsync());
        foreach (var sql in new[] { "SELECT * FROM ledger.append('{1}', '{training-a}', '{-1}', '{1}', ARRAY[gen_random_uuid()], '{counted.v1}', '{\"{}\"}', '{\"{}\"}')", "SELECT ledger.advance_relay('relay', 1)", "SELECT ledger.keep_checkpoint(1, '')", "CREATE TABLE ledger.own ()", "SELECT * FROM judge.subscription" })
        {
            await using var command = reader.CreateCommand(sql);
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState);
        }
    }

    [Theory]
    [InlineData("trainer")]
    [InlineData(LedgerMigration.Reader)]
    public async Task Whoever_comes_waits_works_and_idles_within_limits(string role)
    {
        await using var service = Ledger.DataSource(role);
        await using var command = service.CreateCommand(
            "SELECT current_setting('lock_timeout') || ' ' || current_setting('statement_timeout') || ' ' || current_setting('idle_in_transaction_session_timeout')");
        Assert.Equal("10s 1min 30s", await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Migrating_again_keeps_every_event()
    {
        await AppendOneAsync();
        await LedgerMigration.RunAsync(Ledger.AdminConnectionString, LedgerDatabase.Roles);
        Assert.Equal(1, await Ledger.Store().HeadAsync());
    }

    [Fact]
    public async Task A_script_that_was_changed_after_it_ran_is_noticed()
    {
        await Ledger.AdminAsync("UPDATE ledger.migration SET hash = 'other' WHERE name LIKE 'scripts/%'");
        await Assert.ThrowsAsync<LedgerMigrationException>(() => LedgerMigration.RunAsync(Ledger.AdminConnectionString, LedgerDatabase.Roles));
    }

    [Fact]
    public async Task A_database_of_a_newer_version_is_left_alone()
    {
        await Ledger.AdminAsync("INSERT INTO ledger.migration (name, hash) VALUES ('scripts/9999_later.sql', 'x')");
        await Assert.ThrowsAsync<LedgerMigrationException>(() => LedgerMigration.RunAsync(Ledger.AdminConnectionString, LedgerDatabase.Roles));
    }

    [Fact]
    public async Task What_a_later_version_adds_is_granted_and_denied_like_the_rest()
    {
        await Ledger.AdminAsync("""
            SET ROLE agentops_owner;
            CREATE TABLE ledger.later (x int);
            CREATE FUNCTION ledger.later() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1';
            """);

        await LedgerMigration.RunAsync(Ledger.AdminConnectionString, LedgerDatabase.Roles);

        Assert.Equal("true false", await Ledger.AdminAsync(
            "SELECT has_table_privilege('trainer', 'ledger.later', 'SELECT') || ' ' || has_function_privilege('trainer', 'ledger.later()', 'EXECUTE')"));
    }

    private Task AppendOneAsync() => Ledger.Store().AppendAsync([Facts.Write("training-a", Expected.NoStream, new Counted(1))], Facts.Tester);
}
