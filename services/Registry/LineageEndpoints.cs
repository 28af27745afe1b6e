using AgentOps.Contracts;
using AgentOps.Hosting;
using Microsoft.AspNetCore.Builder;
using Npgsql;

namespace AgentOps.Registry;

public static class LineageEndpoints
{
    public static void MapLineage(this WebApplication app)
    {
        app.MapGet("/api/v1/models/{name}/versions/{version:int}/lineage", (string name, int version, NpgsqlDataSource db, CancellationToken ct) =>
            WalkAsync(db, ModelEvents.Version(name, version), "model version", ct)).RequireRole(Role.Viewer).ShowsView("lineage");
        app.MapGet("/api/v1/lineage/{digest}", async (string digest, NpgsqlDataSource db, CancellationToken ct) =>
        {
            if (!Digest.TryParse(digest, out var parsed))
                throw ProblemException.BadRequest("digest", $"'{digest}' is not a digest: expected sha256: and 64 lower-case hexadecimal digits.");
            var kind = (await LineageView.ProducersAsync(db, Reference.Model(parsed), ct)).Count > 0 ? ReferenceKind.Model : ReferenceKind.Artifact;
            return await WalkAsync(db, Reference.To(kind, parsed), "artifact", ct);
        }).RequireRole(Role.Viewer).ShowsView("lineage");
    }

    private static async Task<Lineage> WalkAsync(NpgsqlDataSource db, Reference root, string what, CancellationToken ct)
    {
        var lineage = await new LineageGraph((reference, token) => LineageView.ProducersAsync(db, reference, token)).WalkAsync(root, ct);
        return lineage.Nodes[0].Events is null ? throw ProblemException.NotFound(what, root.Id) : lineage;
    }
}
