using AgentOps.Ledger;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentOps.Registry;

/// <summary>Keeps the ledger's Merkle tree at most five seconds behind.</summary>
public sealed class SealerHost(LedgerStore ledger, ILogger<Sealer> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken ct) => new Sealer(ledger, log).RunAsync(ct);
}
