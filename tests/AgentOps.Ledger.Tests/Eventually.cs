namespace AgentOps.Ledger.Tests;

/// <summary>Waits for something another process or task does, for a minute at most.</summary>
public static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    public static async Task<T> NotNullAsync<T>(Func<Task<T?>> look) where T : class
    {
        using var limit = new CancellationTokenSource(Limit);
        while (true)
        {
            if (await look() is { } found)
                return found;
            await Task.Delay(10, limit.Token);
        }
    }

    public static async Task TrueAsync(Func<Task<bool>> look) => await NotNullAsync<object>(async () => await look() ? new object() : null);

    /// <summary>Completes when the token fires.</summary>
    public static async Task FiresAsync(CancellationToken token)
    {
        var fired = new TaskCompletionSource();
        await using var registration = token.Register(fired.SetResult);
        await fired.Task.WaitAsync(Limit, CancellationToken.None);
    }

    /// <summary>Runs what is expected to stop by itself with an exception.</summary>
    public static async Task<T> StopsAsync<T>(Func<CancellationToken, Task> run) where T : Exception
    {
        using var limit = new CancellationTokenSource(Limit);
        return await Assert.ThrowsAsync<T>(() => run(limit.Token));
    }
}
