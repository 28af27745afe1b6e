using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace AgentOps.Registry;

/// <param name="Withdrawals">What was taken back after this version had learned from it.</param>
public sealed record ListedVersion(int Version, string Digest, Guid Run, string Source, DateTime CreatedAt, IReadOnlyList<Guid> Withdrawals);

public sealed record ListedModel(string Name, int LatestVersion, IReadOnlyList<ListedVersion> Versions, IReadOnlyDictionary<string, int> Aliases);

public static class ModelEndpoints
{
    public static void MapModels(this WebApplication app)
    {
        var models = app.MapGroup("/api/v1/models").RequireRole(Role.Viewer);
        models.MapGet("", async (NpgsqlDataSource db) => new { items = await ListAsync(db, null) }).ShowsView("models");
        models.MapGet("/{name}", async (string name, NpgsqlDataSource db) => (await ListAsync(db, name)).SingleOrDefault() ?? throw ProblemException.NotFound("model", name)).ShowsView("models");
        models.MapGet("/{name}/versions/{version:int}", async (string name, int version, NpgsqlDataSource db) =>
            (await ListAsync(db, name)).SingleOrDefault()?.Versions.FirstOrDefault(v => v.Version == version) ?? throw ProblemException.NotFound("model version", $"{name}:{version}")).ShowsView("models");
    }

    private static Task<IReadOnlyList<ListedModel>> ListAsync(NpgsqlDataSource db, string? name) => db.ReadAsync<IReadOnlyList<ListedModel>>(async connection =>
    {
        var versions = await connection.QueryAsync<(string Model, int Version, string Digest, Guid Run, string Source, DateTime CreatedAt)>(
            "SELECT model, version, digest, run, source, created_at FROM model_version WHERE @name IS NULL OR model = @name ORDER BY model, version", new { name });
        var aliases = (await connection.QueryAsync<(string Model, string Alias, int Version)>(
            "SELECT model, alias, version FROM model_alias WHERE @name IS NULL OR model = @name", new { name })).ToLookup(a => a.Model);
        var withdrawals = (await connection.QueryAsync<(string Version, Guid Withdrawal)>(
            "SELECT version, withdrawal FROM withdrawn_version WHERE @name IS NULL OR split_part(version, ':', 1) = @name ORDER BY withdrawal", new { name })).ToLookup(w => w.Version, w => w.Withdrawal);
        return [.. versions.GroupBy(v => v.Model).Select(model => new ListedModel(model.Key, model.Max(v => v.Version),
            [.. model.Select(v => new ListedVersion(v.Version, v.Digest, v.Run, v.Source, v.CreatedAt, [.. withdrawals[$"{v.Model}:{v.Version}"]]))],
            aliases[model.Key].ToDictionary(a => a.Alias, a => a.Version)))];
    });
}
