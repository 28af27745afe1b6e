using System.Text;
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

    /// <summary>The path from the leaf of an event to the root of the last checkpoint, RFC 6962 section 2.1.1; with <c>?from=</c> the proof that a tree of that size is the beginning of it, section 2.1.2.</summary>
    private static async Task<object> ProveAsync([FromQuery] long? position, [FromQuery] long? from, NpgsqlDataSource db, CancellationToken ct)
    {
        var tree = await SignedTree.LastAsync(db, ct) ?? throw NothingSigned();
        var asked = (position, from) switch
        {
            ({ } one, null) => one,
            (null, { } size) => size,
            _ => throw ProblemException.BadRequest("proof", "Ask with ?position= for the proof of an event, or with ?from= for the proof that an earlier tree has only grown."),
        };
        if (asked < 1 || asked > tree.Size)
            throw ProblemException.BadRequest("proof", $"{asked} is not between 1 and {tree.Size}, the last position that is signed.");
        return position is null
            ? new { from = asked, tree.Size, path = await LedgerProofs.ConsistencyAsync(db, asked, tree.Size, ct), checkpoint = tree.Note }
            : (object)new { @event = new ProvedEvent(await SignedTree.EventAsync(db, asked, ct)), tree.Size, path = await LedgerProofs.InclusionAsync(db, asked, tree.Size, ct), checkpoint = tree.Note };
    }

    private static ProblemException NothingSigned() => new(StatusCodes.Status404NotFound, "no-checkpoint", "Nothing of the ledger is signed yet: the first checkpoint comes seconds after the first event.");
}

/// <summary>An event as its leaf was made of it: the texts are the exact bytes, in UTF-8.</summary>
/// <param name="At">Microseconds since 1970.</param>
public sealed record ProvedEvent(long Position, Guid Id, long At, int Version, string Stream, string Type, string Meta, string Data)
{
    public ProvedEvent(EventBytes bytes)
        : this(bytes.Position, bytes.Id, bytes.AtMicroseconds, bytes.Version, Text(bytes.Stream), Text(bytes.Type), Text(bytes.Meta), Text(bytes.Data))
    {
    }

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);
}
