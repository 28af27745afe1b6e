using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Http;

namespace AgentOps.Registry;

/// <summary>Removes a run's files as it was asked to, and says what came of it. What was needed meanwhile stays.</summary>
public sealed class DeletionConsumer(LedgerStore ledger, RunFiles files) : IEventConsumer
{
    public async Task HandleAsync(StoredEvent stored, CancellationToken ct)
    {
        if (stored.Data is not DeletionRequested { Run: var run } || (await ledger.FoldAsync<Deletion>(run.DeletionStream(), Deletion.Evolve, ct)).State is not { Answer: null })
            return;
        IEvent answer;
        try
        {
            answer = await files.DeleteAsync(run, ct);
        }
        catch (ProblemException refused) when (refused.Status == StatusCodes.Status409Conflict)
        {
            answer = new DeletionRefused(run, refused.Message);
        }
        catch (ArtifactCorruptException damaged)
        {
            answer = new DeletionRefused(run, damaged.Message);
        }
        await ledger.HandleAsync<Deletion>(run.DeletionStream(), Deletion.Evolve, state => Deletion.Finish(state, answer), stored.Causes(Topology.Deletions), ct);
    }
}
