using System.Diagnostics;
using System.Globalization;
using AgentOps.Contracts;
using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.LedgerBenchmark;

/// <summary>Appending from several processes at once, each with callers of its own: nothing is combined between processes.</summary>
internal sealed class ProcessCase(PrivateLedger ledger, int processes)
{
    private const int Callers = 2;

    // Far above what the callers of one process take, and far above what the other cases take.
    private const long Block = 1_000_000_000;

    private long _blocks;

    public Case Measured() => new(
        $"append: {processes} processes, {Callers} callers in each, 1 event a call", null,
        span => RateAsync("floor", ledger.FloorConnectionString, span),
        span => RateAsync("ledger", ledger.ServiceConnectionString, span));

    /// <summary>What such a process does: connects, says so, waits for a line, appends, and prints its events per second.</summary>
    public static async Task<int> WorkAsync(string side, string seconds, string firstPosition)
    {
        var database = Worker.Database;
        var span = TimeSpan.FromSeconds(double.Parse(seconds));
        await using var source = side == "floor" ? NpgsqlDataSource.Create(database) : LedgerDataSource.Create(database);
        await using var store = new LedgerStore(source, AllEvents.Registry, Sample.Producer);
        var last = long.Parse(firstPosition) - 1;
        var callers = new List<Func<Task<int>>>();
        while (callers.Count < Callers)
            callers.Add(side == "floor"
                ? new FloorCaller(await source.OpenConnectionAsync(), 1, count => Interlocked.Add(ref last, count) - count + 1).CallAsync
                : new LedgerCaller(store, 1).CallAsync);
        foreach (var call in callers)
            await call();
        Console.WriteLine("ready");
        await Console.In.ReadLineAsync();
        Console.WriteLine((await Load.RateAsync(span, callers)).ToString("R", CultureInfo.InvariantCulture));
        return 0;
    }

    private async Task<double> RateAsync(string side, string database, TimeSpan span)
    {
        var children = new List<Process>();
        try
        {
            while (children.Count < processes)
                children.Add(Start(side, database, span));
            foreach (var child in children)
                await Worker.NextLineAsync(child);
            foreach (var child in children)
                await child.StandardInput.WriteLineAsync("go");
            var rates = await Task.WhenAll(children.Select(Worker.NextLineAsync));
            return rates.Sum(rate => double.Parse(rate, CultureInfo.InvariantCulture));
        }
        finally
        {
            foreach (var child in children)
                await Worker.EndAsync(child);
        }
    }

    private Process Start(string side, string database, TimeSpan span) =>
        Worker.Start(database, "write", side, span.TotalSeconds.ToString(CultureInfo.InvariantCulture), (++_blocks * Block).ToString(CultureInfo.InvariantCulture));
}
