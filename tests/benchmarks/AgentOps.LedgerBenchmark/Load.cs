using System.Diagnostics;

namespace AgentOps.LedgerBenchmark;

/// <summary>Callers that call again as soon as they are answered.</summary>
internal static class Load
{
    /// <param name="callers">Each returns how many events its call moved.</param>
    /// <returns>Events per second of all callers together.</returns>
    public static async Task<double> RateAsync(TimeSpan span, params IEnumerable<Func<Task<int>>> callers)
    {
        var events = 0L;
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(callers.Select(call => Task.Run(async () =>
        {
            while (Stopwatch.GetElapsedTime(start) < span)
                Interlocked.Add(ref events, await call());
        })));
        return events / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
