using System.Globalization;
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
    /// <summary>How many events no checkpoint covers yet.</summary>
    public const string UnsignedHeader = "X-Ledger-Unsigned";

    /// <summary>How old the oldest of them is, in seconds.</summary>
    public const string UnsignedAgeHeader = "X-Ledger-Unsigned-Seconds";

    private static readonly SemaphoreSlim OneExport = new(1, 1);

    public static void MapLedger(this WebApplication app)
    {
        var ledger = app.MapGroup("/api/v1/ledger").RequireRole(Role.Viewer);
        ledger.MapGet("/checkpoint", CheckpointAsync);
        ledger.MapGet("/proof", ProveAsync);
        app.MapGet("/api/v1/ledger/export", ExportAsync).RequireRole(Role.Admin);
        app.MapPost("/api/v1/ledger/rotations", RotateAsync).RequireRole(Role.Admin);
    }

    /// <summary>The note as it was signed and cosigned; in the headers what it does not cover yet.</summary>
    private static async Task<IResult> CheckpointAsync(NpgsqlDataSource db, NoteKey first, CheckpointFolder folder, HttpContext http, CancellationToken ct)
    {
        var tree = await SignedTree.LastAsync(db, first, ct) ?? throw NothingSigned();
        var (events, age) = await SignedTree.TailAsync(db, first, ct);
        http.Response.Headers[UnsignedHeader] = events.ToString(CultureInfo.InvariantCulture);
        http.Response.Headers[UnsignedAgeHeader] = age.TotalSeconds.ToString("0.000", CultureInfo.InvariantCulture);
        return Results.Text(folder.Cosigned(tree.Size) ?? tree.Note, "text/plain; charset=utf-8");
    }

    /// <summary>Every event that is signed, as <see cref="LedgerExport"/> has them. One at a time: it reads the whole ledger.</summary>
    private static async Task<IResult> ExportAsync(NpgsqlDataSource db, NoteKey first, CheckpointFolder folder, EvidenceTree evidence, CancellationToken ct)
    {
        var last = await SignedTree.LastAsync(db, first, ct) ?? throw NothingSigned();
        var tree = await evidence.CoveringAsync(last.Size, ct) ?? last;
        return Results.Stream(async to =>
        {
            if (!await OneExport.WaitAsync(TimeSpan.Zero, ct))
                throw new ProblemException(StatusCodes.Status503ServiceUnavailable, "export-under-way", "The ledger is being exported for somebody else: ask again when that is done.");
            try
            {
                await ExportedLedger.WriteAsync(db, first, folder, tree.Size, to, ct);
            }
            finally
            {
                OneExport.Release();
            }
        }, "application/x-ndjson");
    }

    private static async Task<object> RotateAsync(CheckpointPublisher publisher, Caller caller, CancellationToken ct)
    {
        try
        {
            var (position, key) = await publisher.RotateAsync(caller.Asks(), ct);
            return new { position, key = key.ToString() };
        }
        catch (RotationUnderWayException busy)
        {
            throw new ProblemException(StatusCodes.Status409Conflict, "rotation-under-way", busy.Message);
        }
        catch (CheckpointRefusedException refused)
        {
            throw new ProblemException(StatusCodes.Status409Conflict, "checkpoint-refused", refused.Message);
        }
    }

    /// <summary>An event with its path to the root of the last checkpoint, RFC 6962 section 2.1.1; with <c>?from=</c> the proof that a tree of that size is the beginning of it, section 2.1.2.</summary>
    private static async Task<object> ProveAsync([FromQuery] long? position, [FromQuery] long? from, Caller caller, NpgsqlDataSource db, NoteKey first, CancellationToken ct)
    {
        var tree = await SignedTree.LastAsync(db, first, ct) ?? throw NothingSigned();
        switch (position, from)
        {
            case ({ } asked, null):
                Within(asked, tree.Size);
                var proved = EvidenceEvent.Of(await SignedTree.EventAsync(db, asked, ct), await LedgerProofs.InclusionAsync(db, asked, tree.Size, ct));
                if (RecordView.IsWithheld(proved.Stream, caller))
                    throw new ProblemException(StatusCodes.Status403Forbidden, "review-withheld", $"Event {asked} is of a question to reviewers: what they say is shown to operators, since whoever else asks may still be asked the same.");
                return new { @event = proved, checkpoint = tree.Note };
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
