using System.Diagnostics;

namespace AgentOps.StackBenchmark;

/// <summary>What a process of the stack used in a while. Without an id: the children of a resource that ended meanwhile.</summary>
internal sealed record Usage(string Resource, int? Pid, string Title, TimeSpan Cpu);

/// <summary>The CPU time that the stack uses while nobody asks it for anything.</summary>
/// <param name="Watched">For how long.</param>
internal sealed record IdleCost(TimeSpan Watched, IReadOnlyList<Usage> Usages)
{
    // A start is over when ten seconds cost less than this; one that never gets there is measured as it is.
    private const double Settled = 0.1;
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan SettleWithin = TimeSpan.FromMinutes(2);

    /// <summary>Of one core, in [0, cores].</summary>
    public double Share => Usages.Sum(usage => usage.Cpu.TotalSeconds) / Watched.TotalSeconds;

    /// <summary>Waits until the start is over, then watches.</summary>
    public static async Task<IdleCost> MeasureAsync(RunningStack stack, TimeSpan time)
    {
        var start = Stopwatch.GetTimestamp();
        while ((await WatchAsync(stack, Look)).Share > Settled && Stopwatch.GetElapsedTime(start) < SettleWithin)
        {
            // Not settled yet.
        }
        return await WatchAsync(stack, time);
    }

    private static async Task<IdleCost> WatchAsync(RunningStack stack, TimeSpan time)
    {
        var roots = stack.Roots();
        var before = ProcessTimes.All();
        var start = Stopwatch.GetTimestamp();
        await Task.Delay(time);
        var after = ProcessTimes.All();
        var watched = Stopwatch.GetElapsedTime(start);
        if (!roots.SequenceEqual(stack.Roots()))
            throw new InvalidOperationException("A process of the stack ended while it was watched; its log says why.");
        return new(watched, [.. roots.SelectMany(root => Between(root.Resource, Tree(before, roots, root.Pid), Tree(after, roots, root.Pid)))]);
    }

    private static IEnumerable<Usage> Between(string resource, IReadOnlyList<ProcessTimes> before, IReadOnlyList<ProcessTimes> after)
    {
        var known = before.ToDictionary(process => process.Pid, process => process.Own);
        foreach (var process in after)
            yield return new(resource, process.Pid, process.Title, process.Own - known.GetValueOrDefault(process.Pid));
        // What ended took its time into its parent's account; what it had used before the start of the watch is not of this watch.
        var gone = before.ExceptBy(after.Select(process => process.Pid), process => process.Pid);
        var ended = after.Sum(process => process.Ended) - before.Sum(process => process.Ended) - gone.Sum(process => process.Own);
        if (ended > TimeSpan.Zero)
            yield return new(resource, null, "ended meanwhile", ended);
    }

    /// <summary>A process and its descendants, without those that are a resource of their own.</summary>
    private static List<ProcessTimes> Tree(IReadOnlyDictionary<int, ProcessTimes> all, IReadOnlyList<(string Resource, int Pid)> roots, int pid)
    {
        var children = all.Values.Where(process => process.Parent == pid && roots.All(root => root.Pid != process.Pid));
        return all.TryGetValue(pid, out var own) ? [own, .. children.SelectMany(child => Tree(all, roots, child.Pid))] : [];
    }
}

internal static class TimeSpans
{
    public static TimeSpan Sum<T>(this IEnumerable<T> items, Func<T, TimeSpan> time) => items.Aggregate(TimeSpan.Zero, (sum, item) => sum + time(item));
}
