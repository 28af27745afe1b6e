namespace AgentOps.Tests;

/// <summary>How long is waited for what must come, and how often is looked.</summary>
public static class Patience
{
    /// <summary>Far above what anything here takes on a busy machine; only a test that fails waits so long.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);

    /// <summary>Looks until there is something to see.</summary>
    /// <param name="look">Returns null while there is nothing yet.</param>
    /// <exception cref="TimeoutException">It did not come in time.</exception>
    public static async Task<T> UntilAsync<T>(string what, Func<Task<T?>> look) where T : class
    {
        var deadline = DateTime.UtcNow + Limit;
        using var timer = new PeriodicTimer(LookAgain);
        while (DateTime.UtcNow < deadline)
        {
            if (await look() is { } seen)
                return seen;
            await timer.WaitForNextTickAsync();
        }
        throw new TimeoutException($"Waited {Limit.TotalMinutes:0} minutes in vain for {what}.");
    }
}
