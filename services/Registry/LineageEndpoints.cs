using System.Text.Json;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Npgsql;

namespace AgentOps.Registry;

public static class LineageEndpoints
{
    private static readonly Dictionary<string, ReferenceKind> Kinds = Enum.GetValues<ReferenceKind>().ToDictionary(kind => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()));

    // Both models' weights, and all events of a lineage, are held in memory.
    private static readonly Places Comparisons = new(1, "busy", "Two models are being compared"), Documents = new(4, "busy", "4 lineages are being written in formats of others");

    public static void MapLineage(this WebApplication app)
    {
        app.MapGet("/api/v1/models/{name}/versions/{version:int}/lineage", async (string name, int version, string? format, LineageDocuments documents, LedgerStore ledger, NpgsqlDataSource db, CancellationToken ct) =>
            await ExportAsync(await ledger.RootAsync(name, version, ct), format, documents, db, ct)).RequireRole(Role.Viewer).ShowsView("lineage");
        app.MapGet("/api/v1/models/{name}/aliases/{alias}/lineage", async (string name, string alias, DateTimeOffset? at, string? format, LineageDocuments documents, LedgerStore ledger, NpgsqlDataSource db, CancellationToken ct) =>
            await ExportAsync(await ledger.RootAsync(name, alias, at, ct), format, documents, db, ct)).RequireRole(Role.Viewer).ShowsView("lineage");
        app.MapGet("/api/v1/deployments/{name}/lineage", async (string name, DateTimeOffset? at, string? format, LineageDocuments documents, LedgerStore ledger, NpgsqlDataSource db, CancellationToken ct) =>
            await ExportAsync(await ledger.DeploymentRootAsync(name, at, ct), format, documents, db, ct)).RequireRole(Role.Viewer).ShowsView("lineage");
        app.MapGet("/api/v1/lineage/downstream", DownstreamAsync).RequireRole(Role.Viewer).ShowsView("lineage");
        app.MapGet("/api/v1/lineage/members", LineageMembers.PageAsync).RequireRole(Role.Viewer).ShowsView("lineage");
        app.MapGet("/api/v1/lineage/difference", DifferenceAsync).RequireRole(Role.Viewer).ShowsView("lineage");
        app.MapGet("/api/v1/lineage/{digest}", async (string digest, NpgsqlDataSource db, CancellationToken ct) =>
        {
            if (!Digest.TryParse(digest, out var parsed))
                throw ProblemException.BadRequest("digest", $"'{digest}' is not a digest: expected sha256: and 64 lower-case hexadecimal digits.");
            var model = Reference.Model(parsed);
            var lineage = await LineageRows.IsMadeAsync(db, model, ct)
                ? await new LineageGraph(db).WalkAsync(model, ct)
                : await FileLineage.WalkAsync(db, parsed, ct) ?? await new LineageGraph(db).WalkAsync(Reference.Artifact(parsed), ct);
            return lineage.Nodes[0].Events is null ? throw ProblemException.NotFound("artifact", digest) : lineage;
        }).RequireRole(Role.Viewer).ShowsView("lineage");
    }

    private static async Task<Results<Ok<Lineage>, ContentHttpResult>> ExportAsync(LineageRoot root, string? format, LineageDocuments documents, NpgsqlDataSource db, CancellationToken ct)
    {
        if (format is null or LineageDocuments.OwnFormat)
            return TypedResults.Ok(await new LineageGraph(db).WalkAsync(root, ct));
        using var place = await Documents.TakeAsync(ct);
        return await documents.WriteAsync(root, format, ct);
    }

    private static async Task<Downstream> DownstreamAsync(string kind, string id, NpgsqlDataSource db, LedgerStore ledger, ArtifactStore artifacts, CancellationToken ct)
    {
        if (!Kinds.TryGetValue(kind, out var known))
            throw ProblemException.BadRequest("reference-kind", $"'{kind}' is not a kind of reference: expected {string.Join(", ", Kinds.Keys)}.");
        var root = ReferenceIds.Checked(known, id);
        if (!await LineageRows.KnowsAsync(db, root, ct))
            throw ProblemException.NotFound(kind, id);
        return await new DownstreamWalk(db, root, new Membership(root, ledger, artifacts)).WalkAsync(ct);
    }

    /// <summary>What tells two models apart, each named by its digest or as <c>name:version</c>.</summary>
    private static async Task<ModelDifference> DifferenceAsync(string from, string to, NpgsqlDataSource db, LedgerStore ledger, ArtifactStore artifacts, CancellationToken ct)
    {
        var (first, second) = (await ModelAsync(from, ledger, ct), await ModelAsync(to, ledger, ct));
        using var place = await Comparisons.TakeAsync(ct);
        return await new ModelComparison(db, artifacts).OfAsync(first.Reference, first.Digest, second.Reference, second.Digest, ct);
    }

    private static async Task<(Reference Reference, Digest Digest)> ModelAsync(string named, LedgerStore ledger, CancellationToken ct)
    {
        if (Digest.TryParse(named, out var digest))
            return (Reference.Model(digest), digest);
        if (named.Split(':') is not [var name, var number] || !int.TryParse(number, out var version))
            throw ProblemException.BadRequest("model-reference", $"'{named}' names no model: expected sha256: and 64 lower-case hexadecimal digits, or name:version.");
        return (ModelEvents.Version(name, version), (await ledger.VersionAsync(name, version, ct)).Digest);
    }
}
