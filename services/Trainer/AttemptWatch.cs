using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;

namespace AgentOps.Trainer;

/// <summary>Whether nobody waits for an attempt at a training any more: its run has ended or is to end, or a later attempt was asked for. Every look reads only what is new.</summary>
internal sealed class AttemptWatch(LedgerStore ledger, TrainingId training, StepKey step)
{
    private readonly CancellationWatch _cancellation = new(ledger, step.Run);
    private int _seen;
    private bool _superseded;

    public async Task<bool> IsOverAsync(CancellationToken ct)
    {
        await foreach (var stored in ledger.ReadStreamAsync(training.Stream(), _seen + 1, ct))
        {
            _seen = stored.Version;
            _superseded |= stored.Data is TrainingQueued queued && queued.Step.Attempt > step.Attempt;
        }
        return _superseded || await _cancellation.RequestedAsync(ct);
    }
}
