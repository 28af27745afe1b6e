namespace AgentOps.Trainer.Tests;

public sealed class when_several_wake_the_worker
{
    [Fact]
    public async Task None_of_them_fails()
    {
        using var wake = new WakeSignal();
        var waking = Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var i = 0; i < 1_000_000; i++)
                wake.Set();
        })));

        while (!waking.IsCompleted)
            await wake.WaitAsync(TimeSpan.Zero, CancellationToken.None);

        await waking;
    }
}
