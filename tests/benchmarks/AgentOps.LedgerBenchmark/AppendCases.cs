using AgentOps.Contracts;
using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.LedgerBenchmark;

/// <summary>Appending, from one process.</summary>
internal sealed class AppendCases(PrivateLedger ledger, SeededLedger seeded)
{
    private long _last = seeded.Last;

    public Case OneCaller(int eventsPerCall, double bar) => new(
        $"append: 1 caller, {eventsPerCall} events a call", bar,
        span => FloorAsync(1, eventsPerCall, span),
        span => Load.RateAsync(span, new LedgerCaller(ledger.Store, eventsPerCall).CallAsync));

    /// <summary>The floor has its bytes of data before the clock starts, while the ledger encodes every event.</summary>
    public Case OneCallerReadyBytes(int eventsPerCall) => new(
        $"append: 1 caller, {eventsPerCall} events a call, the floor encodes nothing", null,
        span => FloorAsync(1, eventsPerCall, span, encodes: false),
        span => Load.RateAsync(span, new LedgerCaller(ledger.Store, eventsPerCall).CallAsync));

    public Case ManyCallers(int callers, double bar) => new(
        $"append: {callers} callers of one process, 1 event a call", bar,
        span => FloorAsync(callers, 1, span),
        span => Load.RateAsync(span, Enumerable.Range(0, callers).Select(_ => (Func<Task<int>>)new LedgerCaller(ledger.Store, 1).CallAsync)));

    private async Task<double> FloorAsync(int callers, int eventsPerCall, TimeSpan span, bool encodes = true)
    {
        var connections = new List<NpgsqlConnection>();
        try
        {
            while (connections.Count < callers)
                connections.Add(await ledger.Floor.OpenConnectionAsync());
            return await Load.RateAsync(span, connections.Select(c => (Func<Task<int>>)new FloorCaller(c, eventsPerCall, Take, encodes).CallAsync));
        }
        finally
        {
            foreach (var connection in connections)
                await connection.DisposeAsync();
        }
    }

    private long Take(int count) => Interlocked.Add(ref _last, count) - count + 1;
}
