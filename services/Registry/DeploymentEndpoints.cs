using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace AgentOps.Registry;

/// <param name="Model"><c>name@alias</c> or <c>name:version</c>.</param>
/// <param name="Name">The name that Serving answers to; default: the model's.</param>
/// <param name="Reason">Why, on one line; it need not be said.</param>
public sealed record NewDeployment(string Model, string? Name = null, string? Reason = null);

/// <param name="Previous">The digest that it answered with before.</param>
/// <param name="Withdrawals">What was taken back after this version had learned from it.</param>
/// <param name="WithdrawnEvidence">What was taken back after an evaluation with episodes of it had promoted this version, which did not learn from it.</param>
public sealed record ListedDeployment(string Name, string Model, int Version, string Digest, string? Previous, string ActivatedBy, DateTime ActivatedAt, IReadOnlyList<Guid> Withdrawals, IReadOnlyList<Guid> WithdrawnEvidence);

/// <summary>A version that a deployment answered with, from when on.</summary>
/// <param name="Alias">The alias that named it; null where it was named by its number, so that no alias's policy was asked.</param>
public sealed record ActivatedVersion(long Position, string Model, int Version, Digest Digest, string ActivatedBy, DateTimeOffset ActivatedAt, string? Alias, string? Reason);

public static class DeploymentEndpoints
{
    private const int PageSize = 50;

    public static void MapDeployments(this WebApplication app)
    {
        app.MapPost("/api/v1/deployments", DeployAsync).RequireRole(Role.Operator);
        app.MapGet("/api/v1/deployments", PageAsync).RequireRole(Role.Viewer).ShowsView("models");
        app.MapGet("/api/v1/deployments/{name}", async (string name, NpgsqlDataSource db) =>
            (await ListAsync(db, "name = @name", new { name })).SingleOrDefault() ?? throw ProblemException.NotFound("deployment", name)).RequireRole(Role.Viewer).ShowsView("models");
        app.MapGet("/api/v1/deployments/{name}/history", HistoryAsync).RequireRole(Role.Viewer);
    }

    private static async Task<IResult> DeployAsync(NewDeployment wanted, Caller caller, LedgerStore ledger, ArtifactStore artifacts, HttpContext http, CancellationToken ct)
    {
        var (model, version, alias) = await ResolveAsync(wanted.Model, ledger, ct);
        var name = wanted.Name ?? model.Name;
        if (!EntityName.Pattern().IsMatch(name))
            throw ProblemException.BadRequest("deployment-name", $"'{name}' cannot be a deployment; expected {EntityName.Rule}.");
        Reasons.CheckGiven(wanted.Reason, "deployment");
        await version.CheckWholeAsync(model.Name, "deployed", artifacts, ct);
        // The files of a large model take minutes to read, in which its alias may be moved.
        (model, _, _) = await ResolveAsync(wanted.Model, ledger, ct);
        var position = await ledger.HandleAsync<Deployment>(Deployment.Stream(name), Deployment.Evolve,
            state => Deployment.Activate(state, name, model, version, alias, caller.Actor, wanted.Reason), caller.Asks(version.Run), ct);
        http.ShowPosition(position);
        return Results.Ok(new { name, model = model.Name, version.Version, version.Digest, alias });
    }

    /// <summary>Every version that the deployment answered with, the first one first, each from when on; with <c>?at=</c> up to that time, so that the last one is what answered then.</summary>
    /// <param name="cursor">Only those after this version of its stream.</param>
    private static async Task<Page<ActivatedVersion>> HistoryAsync(string name, [FromQuery] DateTimeOffset? at, [FromQuery] int? cursor, LedgerStore ledger, CancellationToken ct)
    {
        var rows = await ledger.ReadStreamAsync(Deployment.Stream(name), Math.Max(0, cursor ?? 0) + 1, ct).TakeWhile(stored => at is null || stored.At <= at)
            .Where(stored => stored.Data is DeploymentActivated).Take(PageSize + 1).ToListAsync(ct);
        return rows.Count > 0 || cursor is not null
            ? Page.Of(rows, PageSize, stored => stored.Version.ToString(), Shown)
            : throw ProblemException.NotFound("deployment", at is null ? name : $"{name} at {at:u}");
    }

    private static ActivatedVersion Shown(StoredEvent stored)
    {
        var activated = (DeploymentActivated)stored.Data;
        return new(stored.Position, activated.Model, activated.Version, activated.Digest, activated.ActivatedBy, stored.At, activated.Alias, activated.Reason);
    }

    private static async Task<(Model Model, ModelVersion Version, string? Alias)> ResolveAsync(string reference, LedgerStore ledger, CancellationToken ct)
    {
        var parts = reference.Split('@', ':');
        if (parts is not [{ Length: > 0 } name, { Length: > 0 } which])
            throw ProblemException.BadRequest("model-reference", $"'{reference}' names no model version: expected name@alias or name:version.");
        var model = (await ledger.FoldAsync<Model>(Model.Stream(name), Model.Evolve, ct)).State ?? throw ProblemException.NotFound("model", name);
        var alias = reference.Contains('@', StringComparison.Ordinal) ? which : null;
        var number = alias is not null ? model.Alias(alias) : int.TryParse(which, out var given) ? given : null;
        return (model, model.Versions.FirstOrDefault(v => v.Version == number) ?? throw ProblemException.NotFound("model version", reference), alias);
    }

    /// <param name="cursor">Only deployments whose names come after this one.</param>
    private static async Task<Page<ListedDeployment>> PageAsync(string? cursor, NpgsqlDataSource db) =>
        Page.Of(await ListAsync(db, "@cursor::text IS NULL OR name > @cursor", new { cursor }), PageSize, deployment => deployment.Name);

    private static Task<IReadOnlyList<ListedDeployment>> ListAsync(NpgsqlDataSource db, string which, object parameters) => db.ReadAsync<IReadOnlyList<ListedDeployment>>(async connection =>
    {
        var rows = (await connection.QueryAsync<(string Name, string Model, int Version, string Digest, string? Previous, string ActivatedBy, DateTime ActivatedAt)>(
            $"SELECT name, model, version, digest, previous, activated_by, activated_at FROM deployment WHERE {which} ORDER BY name LIMIT {PageSize + 1}", parameters)).ToList();
        var marks = await WithdrawalMarks.OfAsync(connection, rows.Select(d => $"{d.Model}:{d.Version}"));
        return [.. rows.Select(d => new ListedDeployment(d.Name, d.Model, d.Version, d.Digest, d.Previous, d.ActivatedBy, d.ActivatedAt, marks.Learned($"{d.Model}:{d.Version}"), marks.Decided($"{d.Model}:{d.Version}")))];
    });
}
