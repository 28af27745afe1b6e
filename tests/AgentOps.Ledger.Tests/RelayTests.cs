using System.Collections.Concurrent;
using AgentOps.Contracts;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOps.Ledger.Tests;

public sealed class RelayTests(PrivatePostgres postgres) : LedgerTest(postgres)
{
    [Fact]
    public async Task Events_that_wake_somebody_are_published_in_order_behind_the_topology()
    {
        await AppendAsync(3);
        await Ledger.Store().AppendAsync([Facts.Write("training-a", Expected.Any, new Noted("wakes nobody"))], Facts.Tester);
        await AppendAsync(1);
        var bus = new Bus();
        await using var running = new Running(Relay(bus).RunAsync);
        await CursorAsync(5);

        Assert.Equal([1, 2, 3, 5], bus.Published.Select(wake => wake.Position));
        var stored = await Ledger.Store().ReadAtAsync(5);
        Assert.Equal(new WakeUp(5, stored!.Id, "training.counted.v1", "training-a"), bus.Published.Last());

        await AppendAsync(1);
        await CursorAsync(6);
        Assert.Equal(1, bus.Declared);
    }

    [Fact]
    public async Task A_returned_message_stops_the_relay_and_the_cursor_stands_before_it()
    {
        await AppendAsync(5);
        var bus = new Bus { Returned = 3 };

        var stopped = await Eventually.StopsAsync<RelayStoppedException>(Relay(bus).RunAsync);

        Assert.Contains("event 3 (training.counted.v1 of 'training-a')", stopped.Message, StringComparison.Ordinal);
        Assert.Equal(2L, await Ledger.AdminAsync("SELECT position FROM ledger.relay"));

        // 4 and 5 were confirmed, but behind the one that was not: they come again, the rest does not.
        var after = new Bus();
        await using var running = new Running(Relay(after).RunAsync);
        await CursorAsync(5);
        Assert.Equal([3, 4, 5], after.Published.Select(wake => wake.Position));
    }

    [Fact]
    public async Task A_broker_that_fails_is_asked_again_from_the_last_contiguous_confirmation()
    {
        await AppendAsync(4);
        var bus = new Bus { FailsOnce = 2 };
        await using var running = new Running(Relay(bus).RunAsync);
        await CursorAsync(4);

        Assert.Equal([1, 3, 4, 2, 3, 4], bus.Published.Select(wake => wake.Position));
        Assert.Equal(2, bus.Declared);
    }

    [Fact]
    public async Task A_confirmation_that_never_comes_is_not_waited_for_for_ever()
    {
        await AppendAsync(3);
        var bus = new Bus { HangsOnce = 2 };
        await using var running = new Running(Relay(bus, confirmWithin: TimeSpan.FromMilliseconds(300)).RunAsync);
        await CursorAsync(3);

        Assert.Equal([1, 2, 3, 2, 3], bus.Published.Select(wake => wake.Position));
    }

    [Fact]
    public async Task A_cursor_ahead_of_the_ledger_stops_the_relay()
    {
        await Ledger.AdminAsync("INSERT INTO ledger.relay VALUES ('bus', 9)");
        var stopped = await Eventually.StopsAsync<RelayStoppedException>(Relay(new Bus()).RunAsync);
        Assert.Contains("at 9 is ahead of the ledger's end at 0", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Of_several_processes_one_relays_and_another_takes_over_when_it_dies()
    {
        Bus[] buses = [new(), new()];
        await using var first = new Running(Relay(buses[0]).RunAsync);
        await AppendAsync(1);
        await CursorAsync(1);
        await using var second = new Running(Relay(buses[1]).RunAsync);
        await AppendAsync(1);
        await CursorAsync(2);
        Assert.Equal((2, 0), (buses[0].Published.Count, buses[1].Declared));

        // The first loses its session and can no longer publish: whatever it tries, the second goes on behind the cursor.
        buses[0].Down = true;
        await Ledger.AdminAsync("SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND granted");
        await AppendAsync(1);
        await CursorAsync(3);
        Assert.Equal([3], buses[1].Published.Select(wake => wake.Position));
    }

    [Fact]
    public async Task An_event_newer_than_the_process_is_left_to_a_newer_process()
    {
        await AppendAsync(2);
        await Ledger.Store().AppendAsync([Facts.Write("training-a", Expected.Any, new Noted("of a type the first has never heard of"))], Facts.Tester);
        await AppendAsync(1);
        Bus[] buses = [new(), new()];
        await using var older = new Running(Relay(buses[0], knows: type => type == "training.counted.v1").RunAsync);
        await CursorAsync(2);
        await using var newer = new Running(Relay(buses[1]).RunAsync);
        await CursorAsync(4);

        Assert.Equal([1, 2], buses[0].Published.Select(wake => wake.Position));
        Assert.Equal([4], buses[1].Published.Select(wake => wake.Position));
    }

    private Relay Relay(Bus bus, Func<string, bool>? knows = null, TimeSpan? confirmWithin = null) => new(Ledger.ConnectionString("trainer"), bus, knows ?? Facts.Registry.Knows, type => type == "training.counted.v1", NullLogger<Relay>.Instance, confirmWithin);

    private Task AppendAsync(int count) =>
        Ledger.Store().AppendAsync([Facts.Write("training-a", Expected.Any, Enumerable.Range(1, count).Select(n => new Counted(n)))], Facts.Tester);

    private Task CursorAsync(long position) =>
        Eventually.TrueAsync(async () => await Ledger.AdminAsync("SELECT position FROM ledger.relay") is long at && at == position);

    /// <summary>A bus that confirms, returns or fails as a test says.</summary>
    private sealed class Bus : IRelayPublisher
    {
        private bool _failed;

        public ConcurrentQueue<WakeUp> Published { get; } = new();

        public int Declared { get; private set; }

        public long Returned { get; init; }

        public long FailsOnce { get; init; }

        public long HangsOnce { get; init; }

        public bool Down { get; set; }

        public Task DeclareTopologyAsync(CancellationToken ct)
        {
            Declared++;
            return Task.CompletedTask;
        }

        public Task PublishAsync(WakeUp message, CancellationToken ct)
        {
            if (Down || (message.Position == FailsOnce && !_failed))
            {
                _failed = true;
                return Task.FromException(new IOException("The broker is away."));
            }
            if (message.Position == Returned)
                return Task.FromException(new ReturnedMessageException("unroutable"));
            Published.Enqueue(message);
            if (message.Position != HangsOnce || _failed)
                return Task.CompletedTask;
            _failed = true;
            return new TaskCompletionSource().Task;
        }
    }
}
