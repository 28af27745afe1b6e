namespace AgentOps.Ledger.Tests;

public sealed class SignalTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_notification_wakes_without_any_poll()
    {
        await using var signal = new LedgerSignal(Ledger.DataSource("judge"), poll: TimeSpan.FromHours(1));
        await AppendAsync();
        // Past its first look at the head, only a notification can tell of the second event.
        await signal.WaitBeyondAsync(0, CancellationToken.None).WaitAsync(Limit);
        await AppendAsync();
        await signal.WaitBeyondAsync(1, CancellationToken.None).WaitAsync(Limit);
    }

    [Fact]
    public async Task A_ledger_that_went_back_ends_the_waiting_with_a_sentence()
    {
        await Ledger.Store().AppendAsync([Facts.Write("training-a", Expected.Any, new Counted(1), new Counted(2))], Facts.Tester);
        await using var signal = new LedgerSignal(Ledger.DataSource("trainer"), TimeSpan.FromMilliseconds(50));
        await signal.WaitBeyondAsync(1, CancellationToken.None);

        await Ledger.AdminAsync("UPDATE ledger.head SET position = 1");

        var stopped = await Eventually.StopsAsync<SubscriptionStoppedException>(ct => signal.WaitBeyondAsync(2, ct));
        Assert.Contains("the ledger ends at 1 now", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_was_said_while_nobody_waited_is_heard_by_whoever_waits_next()
    {
        await using var signal = new LedgerSignal(Ledger.DataSource("judge"), poll: TimeSpan.FromHours(1));
        await AppendAsync();
        await signal.WaitBeyondAsync(0, CancellationToken.None).WaitAsync(Limit);
        await AppendAsync();
        await AppendAsync();
        await Task.WhenAll(signal.WaitBeyondAsync(1, CancellationToken.None), signal.WaitBeyondAsync(2, CancellationToken.None)).WaitAsync(Limit);
    }

    [Fact]
    public async Task Notifications_are_asked_for_only_while_somebody_waits()
    {
        await using var signal = new LedgerSignal(Ledger.DataSource("judge"), poll: TimeSpan.FromHours(1));
        for (var round = 0; round < 2; round++)
        {
            var waiting = signal.WaitBeyondAsync(round, CancellationToken.None);
            await Eventually.TrueAsync(async () => await LastStatementAsync() == "SELECT position FROM ledger.head");
            await AppendAsync();
            await waiting.WaitAsync(Limit);
            await Eventually.TrueAsync(async () => await LastStatementAsync() == "UNLISTEN ledger");
        }
    }

    [Fact]
    public async Task What_a_notification_says_is_not_believed()
    {
        await using var signal = new LedgerSignal(Ledger.DataSource("judge"), poll: TimeSpan.FromHours(1));
        await AppendAsync();
        await signal.WaitBeyondAsync(0, CancellationToken.None).WaitAsync(Limit);
        var waiting = signal.WaitBeyondAsync(2, CancellationToken.None);

        await using (var service = Ledger.DataSource("trainer"))
        await using (var forged = service.CreateCommand("NOTIFY ledger, '9223372036854775807'"))
            await forged.ExecuteNonQueryAsync();
        await AppendAsync();
        await signal.WaitBeyondAsync(1, CancellationToken.None).WaitAsync(Limit);

        Assert.False(waiting.IsCompleted);
        await AppendAsync();
        await waiting.WaitAsync(Limit);
    }

    [Fact]
    public async Task A_missed_notification_is_made_good_by_the_poll()
    {
        await using var signal = new LedgerSignal(Ledger.DataSource("judge"), poll: TimeSpan.FromMilliseconds(10));
        await AppendAsync();
        await signal.WaitBeyondAsync(0, CancellationToken.None).WaitAsync(Limit);
        await Ledger.AdminAsync("UPDATE ledger.head SET position = 2");
        await signal.WaitBeyondAsync(1, CancellationToken.None).WaitAsync(Limit);
    }

    [Fact]
    public async Task What_ends_the_listening_reaches_everyone_who_waits()
    {
        await using var signal = new LedgerSignal(Ledger.DataSource("judge"), poll: TimeSpan.FromMilliseconds(10));
        var waiting = signal.WaitBeyondAsync(0, CancellationToken.None);

        await Ledger.AdminAsync("REVOKE SELECT ON ledger.head FROM agentops_service");

        Assert.Contains("permission denied", (await Assert.ThrowsAsync<SubscriptionStoppedException>(() => waiting.WaitAsync(Limit))).Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<SubscriptionStoppedException>(() => signal.WaitBeyondAsync(0, CancellationToken.None).WaitAsync(Limit));
    }

    private async Task<string?> LastStatementAsync() =>
        (string?)await Ledger.AdminAsync("SELECT query FROM pg_stat_activity WHERE usename = 'judge' AND datname = current_database() AND state = 'idle'");

    private Task AppendAsync() => Ledger.Store().AppendAsync([Facts.Write("training-a", Expected.Any, new Counted(1))], Facts.Tester);
}
