using System.Diagnostics;

namespace AgentOps.LedgerBenchmark;

/// <summary>This program once more, as another process beside the same database: it says what it has to say a line at a time, and ends when its input does.</summary>
internal static class Worker
{
    private const string Address = "AGENTOPS_BENCHMARK_DATABASE";

    /// <summary>What a worker connects to.</summary>
    public static string Database => Environment.GetEnvironmentVariable(Address)!;

    public static Process Start(string database, params string[] words)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "AgentOps.LedgerBenchmark"), words) { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.Environment[Address] = database;
        return Process.Start(start)!;
    }

    public static async Task<string> NextLineAsync(Process worker) =>
        await worker.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("A process of the benchmark ended before it had answered; its last words stand above.");

    public static async Task EndAsync(Process worker)
    {
        worker.StandardInput.Close();
        await worker.WaitForExitAsync();
        worker.Dispose();
    }
}
