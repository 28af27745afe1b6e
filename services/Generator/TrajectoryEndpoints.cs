using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Npgsql;

namespace AgentOps.Generator;

public sealed record ListedTrajectory(Guid Id, Guid Run, Guid Generation, string Task, string TaskType, int Sample, string Policy, string Outcome, double? Reward, int Turns, string? Verdict);

public static class TrajectoryEndpoints
{
    private const int PageSize = 50;

    public static void MapTrajectories(this WebApplication app)
    {
        var trajectories = app.MapGroup("/api/v1/trajectories").RequireRole(Role.Viewer);
        trajectories.MapGet("", ListAsync).ShowsView("trajectories");
        trajectories.MapGet("/{id:guid}", ShowAsync).ShowsView("trajectories");
    }

    private static async Task<object> ListAsync(Guid? run, string? verdict, long? cursor, NpgsqlDataSource db, CancellationToken ct)
    {
        if (verdict is not (null or "accepted" or "rejected" or "unusable"))
            throw ProblemException.BadRequest("verdict", $"There is no verdict '{verdict}': use accepted, rejected or unusable.");
        var rows = (await db.ReadAsync(connection => connection.QueryAsync<Row>("""
            SELECT position, id, run, generation, task, task_type AS tasktype, sample, policy, outcome, reward, turns, verdict FROM trajectory
            WHERE (@run::uuid IS NULL OR run = @run) AND (@verdict::text IS NULL OR verdict = @verdict) AND (@cursor::bigint IS NULL OR position < @cursor)
            ORDER BY position DESC LIMIT @limit
            """, new { run, verdict, cursor, limit = PageSize + 1 }), ct)).ToList();
        var items = rows.Take(PageSize).Select(r => new ListedTrajectory(r.Id, r.Run, r.Generation, r.Task, r.TaskType, r.Sample, r.Policy, r.Outcome, r.Reward, r.Turns, r.Verdict));
        return new { items, next = rows.Count > PageSize ? rows[PageSize - 1].Position.ToString() : null };
    }

    private sealed record Row(long Position, Guid Id, Guid Run, Guid Generation, string Task, string TaskType, int Sample, string Policy, string Outcome, double? Reward, int Turns, string? Verdict);

    /// <summary>The trajectory itself is folded from the ledger; its scores come from the view.</summary>
    private static async Task<object> ShowAsync(Guid id, LedgerStore ledger, NpgsqlDataSource db, CancellationToken ct)
    {
        TrajectoryRecorded? recorded = null;
        await foreach (var stored in ledger.ReadStreamAsync(TrajectoryId.From(id).Stream(), ct: ct))
            recorded = stored.Data as TrajectoryRecorded;
        if (recorded is not { } t)
            throw ProblemException.NotFound("trajectory", id.ToString());
        var opinions = await db.ReadAsync(connection => connection.QueryAsync<string>("SELECT opinions::text FROM score WHERE trajectory = @id ORDER BY position", new { id }), ct);
        return new
        {
            id, t.Run, t.Generation, t.Task, t.TaskType, t.Sample, t.Environment, policy = t.Policy.ToString(), t.Seed, t.Temperature, t.Outcome, t.Reason, t.Reward, t.Turns, t.Tokens,
            scores = opinions.SelectMany(json => JsonSerializer.Deserialize<Opinion[]>(json, EventRegistry.Json)!),
        };
    }
}
