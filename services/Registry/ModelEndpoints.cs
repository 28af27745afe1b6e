using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace AgentOps.Registry;

/// <param name="Withdrawals">What was taken back after this version had learned from it.</param>
/// <param name="WithdrawnEvidence">What was taken back after an evaluation with episodes of it had promoted this version, which did not learn from it.</param>
public sealed record ListedVersion(int Version, string Digest, Guid Run, string Source, DateTime CreatedAt, IReadOnlyList<Guid> Withdrawals, IReadOnlyList<Guid> WithdrawnEvidence);

public sealed record ListedModel(string Name, int LatestVersion, IReadOnlyList<ListedVersion> Versions, IReadOnlyDictionary<string, int> Aliases);

public static class ModelEndpoints
{
    private const int PageSize = 50;

    public static void MapModels(this WebApplication app)
    {
        var models = app.MapGroup("/api/v1/models").RequireRole(Role.Viewer);
        models.MapGet("", PageAsync).ShowsView("models");
        models.MapGet("/{name}", async (string name, NpgsqlDataSource db) => await FindAsync(db, name) ?? throw ProblemException.NotFound("model", name)).ShowsView("models");
        models.MapGet("/{name}/versions/{version:int}", async (string name, int version, NpgsqlDataSource db) =>
            (await FindAsync(db, name))?.Versions.FirstOrDefault(v => v.Version == version) ?? throw ProblemException.NotFound("model version", $"{name}:{version}")).ShowsView("models");
    }

    /// <param name="cursor">Only models whose names come after this one.</param>
    private static async Task<Page<ListedModel>> PageAsync(string? cursor, NpgsqlDataSource db, CancellationToken ct)
    {
        var names = (await db.ReadAsync(connection => connection.QueryAsync<string>(
            "SELECT DISTINCT model FROM model_version WHERE @cursor::text IS NULL OR model > @cursor ORDER BY model LIMIT @rows", new { cursor, rows = PageSize + 1 }), ct)).ToArray();
        return Page.Of(await ListAsync(db, names), PageSize, model => model.Name);
    }

    private static async Task<ListedModel?> FindAsync(NpgsqlDataSource db, string name) => (await ListAsync(db, [name])).SingleOrDefault();

    private static Task<IReadOnlyList<ListedModel>> ListAsync(NpgsqlDataSource db, string[] names) => db.ReadAsync<IReadOnlyList<ListedModel>>(async connection =>
    {
        var versions = await connection.QueryAsync<(string Model, int Version, string Digest, Guid Run, string Source, DateTime CreatedAt)>(
            "SELECT model, version, digest, run, source, created_at FROM model_version WHERE model = ANY(@names) ORDER BY model, version", new { names });
        var aliases = (await connection.QueryAsync<(string Model, string Alias, int Version)>(
            "SELECT model, alias, version FROM model_alias WHERE model = ANY(@names)", new { names })).ToLookup(a => a.Model);
        var marks = await WithdrawalMarks.OfAsync(connection, versions.Select(v => $"{v.Model}:{v.Version}"));
        return [.. versions.GroupBy(v => v.Model).Select(model => new ListedModel(model.Key, model.Max(v => v.Version),
            [.. model.Select(v => new ListedVersion(v.Version, v.Digest, v.Run, v.Source, v.CreatedAt, marks.Learned($"{v.Model}:{v.Version}"), marks.Decided($"{v.Model}:{v.Version}")))],
            aliases[model.Key].ToDictionary(a => a.Alias, a => a.Version)))];
    });
}
