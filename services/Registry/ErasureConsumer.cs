using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Subjects;

namespace AgentOps.Registry;

/// <summary>Removes the key of a subject that somebody asked to erase, and says so when it is gone.</summary>
public sealed class ErasureConsumer(LedgerStore ledger, SubjectKeys subjects) : IEventConsumer
{
    public async Task HandleAsync(StoredEvent stored, CancellationToken ct)
    {
        if (stored.Data is not ErasureRequested request)
            return;
        subjects.Erase(request.Subject);
        await ledger.HandleAsync<Withdrawal>(request.Withdrawal.Stream(), Withdrawal.Evolve, state => Withdrawal.Complete(state, request), stored.Causes(Topology.Erasures), ct);
    }
}
