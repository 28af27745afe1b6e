using System.Collections.Concurrent;
using System.Diagnostics;
using AgentOps.Contracts;
using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.StackBenchmark;

/// <summary>From the call of an append to the subscriber that holds its event: commit, notification, reading and decoding are in it.</summary>
/// <param name="Milliseconds">Sorted.</param>
internal sealed record SubscriberLatency(IReadOnlyList<double> Milliseconds)
{
    // Twenty a second: a stack at work, and each append on its own.
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(1);

    // Nobody is woken by it.
    private static readonly ModelLoaded Event = new("benchmark", Digest.Of("benchmark"u8));

    public double At(double share) => Milliseconds[Math.Min((int)(share * Milliseconds.Count), Milliseconds.Count - 1)];

    /// <summary>One service appends, another follows; each has connections of its own, as in the stack.</summary>
    public static async Task<SubscriberLatency> MeasureAsync(RunningStack stack, int samples)
    {
        await using var writing = LedgerDataSource.Create(await stack.ConnectionStringAsync("serving"));
        await using var reading = LedgerDataSource.Create(await stack.ConnectionStringAsync("evaluator"));
        await using var writer = new LedgerStore(writing, AllEvents.Registry, new Producer("serving", "benchmark"));
        await using var reader = new LedgerStore(reading, AllEvents.Registry, new Producer("evaluator", "benchmark"));
        using var stop = new CancellationTokenSource();
        var arrivals = new Arrivals();
        var subscription = new Subscription(reader, "stack-benchmark", ["serving"], arrivals.TakeAsync, new(InTransaction: false)).RunAsync(stop.Token);
        // The first one waits for connections and compilers.
        var times = new List<double>();
        for (var i = -1; i < samples; i++)
        {
            var took = await OneAsync(writer, arrivals, subscription);
            if (i >= 0)
                times.Add(took.TotalMilliseconds);
            await Task.Delay(Pause);
        }
        await stop.CancelAsync();
        await subscription.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        return new([.. times.Order()]);
    }

    private static async Task<TimeSpan> OneAsync(LedgerStore writer, Arrivals arrivals, Task subscription)
    {
        var sent = NewEvent.Of(Event);
        var arrival = arrivals.Of(sent.Id);
        var start = Stopwatch.GetTimestamp();
        await writer.AppendAsync([new("serving-benchmark", Expected.Any, [sent])], new EventContext("service:serving"));
        await await Task.WhenAny(arrival, subscription).WaitAsync(Patience);
        return Stopwatch.GetElapsedTime(start, await arrival);
    }

    private sealed class Arrivals
    {
        private readonly ConcurrentDictionary<Guid, TaskCompletionSource<long>> _open = new();

        /// <summary>When the event will have arrived.</summary>
        public Task<long> Of(Guid id) => (_open[id] = new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

        public Task TakeAsync(IReadOnlyList<StoredEvent> events, NpgsqlTransaction? transaction, CancellationToken ct)
        {
            var now = Stopwatch.GetTimestamp();
            foreach (var stored in events)
                if (_open.TryRemove(stored.Id, out var waiting))
                    waiting.SetResult(now);
            return Task.CompletedTask;
        }
    }
}
