using AgentOps.Artifacts;
using AgentOps.Ledger;
using AgentOps.Proofs;
using AgentOps.Registry;
using Microsoft.Extensions.Logging.Abstractions;

namespace AgentOps.Registry.Tests;

/// <summary>The ledger of a test, sealed and signed as it stands, and the bundles that it gives.</summary>
internal sealed class SignedLedger(LineageLedger ledger, EvidenceWriter writer, NoteKey key)
{
    /// <param name="folder">Where the log's key and checkpoints lie.</param>
    public static async Task<SignedLedger> OfAsync(LineageLedger ledger, string folder, ArtifactStore artifacts)
    {
        var checkpoints = new CheckpointFolder(Path.Combine(folder, "checkpoints"));
        var keys = new LogKeys(checkpoints, Path.Combine(folder, "key.pem"));
        await new Sealer(ledger.Store, NullLogger<Sealer>.Instance).SealAsync();
        await new CheckpointPublisher(ledger.Store, checkpoints, keys, NullLogger<CheckpointPublisher>.Instance).PublishAsync();
        return new(ledger, new EvidenceWriter(ledger.Store, ledger.Db, artifacts, keys.First, checkpoints, new(ledger.Db, keys.First, TimeProvider.System)), keys.First);
    }

    /// <summary>A bundle of it verifies, and its events are those of the lineage.</summary>
    public async Task<Evidence> AssertProvesAsync(LineageRoot root)
    {
        using var bundle = new MemoryStream();
        await writer.WriteAsync(root, datasets: false, bundle, CancellationToken.None);
        bundle.Position = 0;
        var evidence = EvidenceVerifier.Verify(bundle, key);
        Assert.Equal(await LineageWalk.PositionsAsync(ledger.Db, root.Asked, CancellationToken.None), evidence.Lineage.SelectMany(node => node.Events).Select(e => e.Position).Distinct().Order());
        Assert.Equivalent(root.Move, evidence.Move, strict: true);
        Assert.Equal(root.Deployment, evidence.Deployment);
        return evidence;
    }
}
