using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;

namespace AgentOps.Serving;

/// <summary>Loads a deployment's model before it is first asked for, and says so in the ledger. A wake-up that a newer activation has overtaken changes nothing.</summary>
public sealed class DeploymentConsumer(ModelPool models, IModelDirectory directory, LedgerStore ledger) : IEventConsumer
{
    public async Task HandleAsync(StoredEvent stored, CancellationToken ct)
    {
        var activated = (DeploymentActivated)stored.Data;
        if (await directory.FindAsync(activated.Deployment, ct) != activated.Digest)
            return;
        (await models.RentAsync(activated.Digest, ct)).Dispose();
        var loaded = new NewEvent(NameBasedGuid.Of("serving.model-loaded", stored.Id.ToString()), new ModelLoaded(activated.Deployment, activated.Digest));
        await ledger.AppendAsync([new($"serving-{activated.Deployment}", Expected.Any, [loaded])], stored.Causes(Topology.Serving), ct);
    }
}
