using AgentOps.Contracts;
using AgentOps.Ledger;
using Dapper;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>What a single file of models is made of, such as <c>model.safetensors</c> by its SHA-256: the events that made these models name their files.</summary>
internal static class FileLineage
{
    private sealed record Holder(string Name, string Model, long Position, string Type, DateTime At, string Actor);

    /// <returns>The file, then the versions that have it and what they are made of; null where no event names such a file, as those of before files were named do not.</returns>
    public static async Task<Lineage?> WalkAsync(NpgsqlDataSource db, Digest file, CancellationToken ct)
    {
        var holders = await HoldersAsync(db, file, ct);
        if (holders.Count == 0)
            return null;
        var models = await RegisteredAsync(db, [.. holders.Select(holder => holder.Model).Distinct()], ct);
        var root = Reference.Artifact(file);
        var lineage = await new LineageGraph(db).WalkAsync([.. models.Select(model => new Asked(model))], ct);
        return lineage with
        {
            Root = root,
            Nodes =
            [
                new(root, [.. holders.DistinctBy(holder => holder.Position).Select(holder => new LineageStep(holder.Position, holder.Type, new(holder.At), holder.Actor))], models,
                    Names: [.. holders.Select(holder => holder.Name).Distinct()]),
                .. lineage.Nodes,
            ],
        };
    }

    private static Task<IReadOnlyList<Holder>> HoldersAsync(NpgsqlDataSource db, Digest file, CancellationToken ct) => db.ReadAsync<IReadOnlyList<Holder>>(async connection => [.. await connection.QueryAsync<Holder>(LineageRows.Command("""
        SELECT f.name, f.model, f.position, e.type, e.at, e.meta->>'actor' AS actor FROM lineage_file f JOIN ledger.event e USING (position) WHERE f.file = @File ORDER BY f.position, f.name
        """, new { File = file.ToString() }, ct))], ct);

    /// <summary>The versions that these models are registered as, and the models that are not.</summary>
    private static Task<IReadOnlyList<Reference>> RegisteredAsync(NpgsqlDataSource db, string[] models, CancellationToken ct) => db.ReadAsync<IReadOnlyList<Reference>>(async connection =>
    {
        var versions = (await connection.QueryAsync<(string Model, string Version)>(LineageRows.Command("""
            SELECT i.id, o.id FROM lineage_input i JOIN lineage_step s USING (step) JOIN lineage_output o USING (step)
            WHERE i.kind = 'Model' AND i.id = ANY(@Models) AND o.kind = 'ModelVersion' AND s.type = 'model.version-registered.v1' ORDER BY o.first
            """, new { Models = models }, ct))).ToList();
        return
        [
            .. versions.Select(registered => new Reference(ReferenceKind.ModelVersion, registered.Version)),
            .. models.Except(versions.Select(registered => registered.Model)).Select(model => new Reference(ReferenceKind.Model, model)),
        ];
    }, ct);
}
