using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AgentOps.PreferenceBuilder;

public static class DatasetEndpoints
{
    public static void MapDatasets(this WebApplication app) =>
        app.MapGet("/api/v1/datasets/{id:guid}", async (Guid id, LedgerStore ledger, CancellationToken ct) =>
        {
            var dataset = (await ledger.FoldAsync<Dataset>(DatasetId.From(id).Stream(), Dataset.Evolve, ct)).State;
            return dataset?.Built is { } built
                ? Results.Ok(new { id, built.Kind, built.Samples, built.Tokens, built.Balance, built.Data, built.Members, built.MembersRoot, built.Step.Run, built.Step.Path })
                : throw ProblemException.NotFound("data set", id.ToString());
        }).RequireRole(Role.Viewer);
}
