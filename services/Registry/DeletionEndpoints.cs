using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AgentOps.Registry;

/// <param name="Run">The run's id.</param>
public sealed record NewDeletion(Guid Run, string Reason);

/// <summary>Removing the files of a run that nothing registered is made of.</summary>
public static class DeletionEndpoints
{
    public static void MapDeletions(this WebApplication app)
    {
        app.MapPost("/api/v1/deletions", RequestAsync).RequireRole(Role.Admin).Produces(StatusCodes.Status202Accepted);
        app.MapGet("/api/v1/deletions/{run:guid}", ShowAsync).RequireRole(Role.Viewer);
    }

    private static async Task<IResult> RequestAsync(NewDeletion wanted, Caller caller, RunFiles files, LedgerStore ledger, HttpContext http, CancellationToken ct)
    {
        Reasons.Check(wanted.Reason, "deletion");
        var run = RunId.From(wanted.Run);
        if ((await ledger.FoldAsync<Deletion>(run.DeletionStream(), Deletion.Evolve, ct)).State is null or { Answer: DeletionRefused })
            await files.RefuseNeededAsync(run, ct);
        DeletionRequested request = new(run, wanted.Reason, caller.Actor);
        http.ShowPosition(await ledger.HandleAsync<Deletion>(run.DeletionStream(), Deletion.Evolve, state => Deletion.Request(state, request), caller.Asks(), ct));
        return Results.Accepted($"/api/v1/deletions/{run}", await ShowAsync(wanted.Run, ledger, ct));
    }

    /// <summary>What was asked for, and once it is over what came of it.</summary>
    private static async Task<object> ShowAsync(Guid run, LedgerStore ledger, CancellationToken ct)
    {
        var events = await ledger.ReadStreamAsync(RunId.From(run).DeletionStream(), ct: ct).ToListAsync(ct);
        if (events.FindLast(stored => stored.Data is DeletionRequested) is not { Data: DeletionRequested request } asked)
            throw ProblemException.NotFound("deletion", run.ToString());
        var end = events[^1].Data is DeletionRequested ? null : events[^1];
        return new
        {
            run, status = end?.Data switch { null => "requested", DeletionCompleted => "completed", _ => "refused" }, request.Reason, request.RequestedBy, requestedAt = asked.At, endedAt = end?.At,
            (end?.Data as DeletionCompleted)?.Deleted, (end?.Data as DeletionCompleted)?.Kept, refusal = (end?.Data as DeletionRefused)?.Reason,
        };
    }
}
