using System.Text.Json;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Builder;
using Npgsql;

namespace AgentOps.Registry;

public static class LineageEndpoints
{
    private static readonly Dictionary<string, ReferenceKind> Kinds = Enum.GetValues<ReferenceKind>().ToDictionary(kind => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()));

    public static void MapLineage(this WebApplication app)
    {
        app.MapGet("/api/v1/models/{name}/versions/{version:int}/lineage", (string name, int version, NpgsqlDataSource db, CancellationToken ct) =>
            WalkAsync(db, ModelEvents.Version(name, version), "model version", ct)).RequireRole(Role.Viewer).ShowsView("lineage");
        app.MapGet("/api/v1/lineage/downstream", DownstreamAsync).RequireRole(Role.Viewer).ShowsView("lineage");
        app.MapGet("/api/v1/lineage/{digest}", async (string digest, NpgsqlDataSource db, CancellationToken ct) =>
        {
            if (!Digest.TryParse(digest, out var parsed))
                throw ProblemException.BadRequest("digest", $"'{digest}' is not a digest: expected sha256: and 64 lower-case hexadecimal digits.");
            var kind = (await LineageView.ProducersAsync(db, Reference.Model(parsed), ct)).Count > 0 ? ReferenceKind.Model : ReferenceKind.Artifact;
            return await WalkAsync(db, Reference.To(kind, parsed), "artifact", ct);
        }).RequireRole(Role.Viewer).ShowsView("lineage");
    }

    private static async Task<Downstream> DownstreamAsync(string kind, string id, NpgsqlDataSource db, LedgerStore ledger, ArtifactStore artifacts, CancellationToken ct)
    {
        if (!Kinds.TryGetValue(kind, out var known))
            throw ProblemException.BadRequest("reference-kind", $"'{kind}' is not a kind of reference: expected {string.Join(", ", Kinds.Keys)}.");
        var root = Reference.To(known, id);
        if (!await LineageView.KnowsAsync(db, root, ct))
            throw ProblemException.NotFound(kind, id);
        var walk = known is ReferenceKind.Trajectory
            ? new DownstreamWalk(new Membership(root, db, ledger, artifacts).ConsumersAsync)
            : new DownstreamWalk((made, token) => LineageView.ConsumersAsync(db, made, token));
        return await walk.WalkAsync(root, ct);
    }

    private static async Task<Lineage> WalkAsync(NpgsqlDataSource db, Reference root, string what, CancellationToken ct)
    {
        var lineage = await new LineageGraph((reference, token) => LineageView.ProducersAsync(db, reference, token)).WalkAsync(root, ct);
        return lineage.Nodes[0].Events is null ? throw ProblemException.NotFound(what, root.Id) : lineage;
    }
}
