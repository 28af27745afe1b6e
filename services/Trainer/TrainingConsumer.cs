using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;

namespace AgentOps.Trainer;

/// <summary>Queues the trainings that steps ask for and wakes the worker; no training runs inside a delivery.</summary>
public sealed class TrainingConsumer(LedgerStore ledger, WakeSignal wake) : IEventConsumer
{
    public async Task HandleAsync(StoredEvent stored, CancellationToken ct)
    {
        if (stored.Data is StepRequested { Work: ScratchWork or ImportWork or TrainWork or OnlineTrainWork } requested)
            await ledger.HandleAsync<TrainingRun>(TrainingId.Of(requested.Step.Run, requested.Step.Path).Stream(), TrainingRun.Evolve,
                state => TrainingRun.Queue(state, requested.Step, requested.Work, requested.Deadline), stored.Causes(Topology.Trainer), ct);
        else if (stored.Data is TrainingQueued)
            wake.Set();
    }
}

/// <summary>Tells the worker that there may be work.</summary>
public sealed class WakeSignal : IDisposable
{
    private readonly SemaphoreSlim _set = new(0, 1);
    private readonly Lock _gate = new();

    public void Set()
    {
        // Several deliveries may come at once, and the semaphore refuses a second release.
        lock (_gate)
            if (_set.CurrentCount == 0)
                _set.Release();
    }

    /// <summary>Returns at the next <see cref="Set"/>, or after the time given.</summary>
    public Task WaitAsync(TimeSpan atMost, CancellationToken ct) => _set.WaitAsync(atMost, ct);

    public void Dispose() => _set.Dispose();
}
