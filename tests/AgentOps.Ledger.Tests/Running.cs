namespace AgentOps.Ledger.Tests;

/// <summary>Runs in the background until disposed, and reports it when it ended by itself.</summary>
public sealed class Running : IAsyncDisposable
{
    private readonly CancellationTokenSource _stop = new();

    public Running(Func<CancellationToken, Task> run) => Task = run(_stop.Token);

    public Task Task { get; }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Task);
        _stop.Dispose();
    }
}
