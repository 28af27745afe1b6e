using AgentOps.Ledger;
using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>The signed tree that evidence is proved towards: where a witness answers, one that it has cosigned, so that what is exported stands upon more than the log's own key.</summary>
public sealed class EvidenceTree(NpgsqlDataSource db, NoteKey first, TimeProvider time, WitnessHost? witness = null)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits some seconds for signature and cosignature. A witness that is away is not waited for.</summary>
    /// <returns>Null where no checkpoint covers the position.</returns>
    public async Task<SignedTree?> CoveringAsync(long position, CancellationToken ct)
    {
        for (var started = time.GetTimestamp(); ; await Task.Delay(LookAgainAfter, time, ct))
        {
            var signed = await SignedTree.LastAsync(db, first, ct) is { } last && last.Size >= position ? last : null;
            if (signed is not null && witness?.Witnessed >= position)
                return (await SignedTree.FromAsync(db, first, witness.Witnessed, witness.Witnessed, ct)).SingleOrDefault() ?? signed;
            if (signed is not null && (witness is null || witness.IsInTrouble) || time.GetElapsedTime(started) >= Patience)
                return signed;
        }
    }
}
