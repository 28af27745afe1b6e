using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Proofs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>What lets anybody prove that an event stands in the ledger, and that the ledger has only grown.</summary>
public static class LedgerEndpoints
{
    public static void MapLedger(this WebApplication app)
    {
        var ledger = app.MapGroup("/api/v1/ledger").RequireRole(Role.Viewer);
        ledger.MapGet("/checkpoint", async (NpgsqlDataSource db, CancellationToken ct) => Results.Text((await SignedTree.LastAsync(db, ct) ?? throw NothingSigned()).Note, "text/plain; charset=utf-8"));
        ledger.MapGet("/proof", ProveAsync);
    }

    /// <summary>An event with its path to the root of the last checkpoint, RFC 6962 section 2.1.1; with <c>?from=</c> the proof that a tree of that size is the beginning of it, section 2.1.2.</summary>
    private static async Task<object> ProveAsync([FromQuery] long? position, [FromQuery] long? from, NpgsqlDataSource db, CancellationToken ct)
    {
        var tree = await SignedTree.LastAsync(db, ct) ?? throw NothingSigned();
        switch (position, from)
        {
            case ({ } asked, null):
                Within(asked, tree.Size);
                var path = await LedgerProofs.InclusionAsync(db, asked, tree.Size, ct);
                return new { @event = EvidenceEvent.Of(await SignedTree.EventAsync(db, asked, ct), path), checkpoint = tree.Note };
            case (null, { } older):
                Within(older, tree.Size);
                return new { from = older, path = await LedgerProofs.ConsistencyAsync(db, older, tree.Size, ct), checkpoint = tree.Note };
            default:
                throw ProblemException.BadRequest("proof", "Ask with ?position= for the proof of an event, or with ?from= for the proof that an earlier tree has only grown.");
        }
    }

    private static void Within(long asked, long size)
    {
        if (asked < 1 || asked > size)
            throw ProblemException.BadRequest("proof", $"{asked} is not between 1 and {size}, the last position that is signed.");
    }

    private static ProblemException NothingSigned() => new(StatusCodes.Status404NotFound, "no-checkpoint", "Nothing of the ledger is signed yet: the first checkpoint comes seconds after the first event.");
}
