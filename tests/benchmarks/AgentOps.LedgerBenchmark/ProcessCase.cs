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
    private const string Address = "AGENTOPS_BENCHMARK_DATABASE";

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
        var database = Environment.GetEnvironmentVariable(Address)!;
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
                await NextLineAsync(child);
            foreach (var child in children)
                await child.StandardInput.WriteLineAsync("go");
            var rates = await Task.WhenAll(children.Select(NextLineAsync));
            return rates.Sum(rate => double.Parse(rate, CultureInfo.InvariantCulture));
        }
        finally
        {
            foreach (var child in children)
            {
                child.StandardInput.Close();
                await child.WaitForExitAsync();
                child.Dispose();
            }
        }
    }

    private Process Start(string side, string database, TimeSpan span)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "AgentOps.LedgerBenchmark")) { RedirectStandardInput = true, RedirectStandardOutput = true };
        foreach (var word in (string[])["write", side, span.TotalSeconds.ToString(CultureInfo.InvariantCulture), (++_blocks * Block).ToString(CultureInfo.InvariantCulture)])
            start.ArgumentList.Add(word);
        start.Environment[Address] = database;
        return Process.Start(start)!;
    }

    private static async Task<string> NextLineAsync(Process child) =>
        await child.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("A writing process ended before it had answered; its last words stand above.");
}
