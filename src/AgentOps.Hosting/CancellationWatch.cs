using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Hosting;

/// <summary>Whether a run has failed or was asked to end, as its stream says: nobody waits for its work any more. Every look reads only what is new.</summary>
public sealed class CancellationWatch(LedgerStore ledger, RunId run)
{
    private int _seen;
    private bool _requested;

    public async Task<bool> RequestedAsync(CancellationToken ct)
    {
        await foreach (var stored in ledger.ReadStreamAsync(run.Stream(), _seen + 1, ct))
        {
            _seen = stored.Version;
            _requested |= stored.Data is RunCancelling or RunCancelled or RunFailed;
        }
        return _requested;
    }
}
