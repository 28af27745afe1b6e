using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Subjects;
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

    private static async Task<Page<ListedTrajectory>> ListAsync(Guid? run, string? verdict, long? cursor, NpgsqlDataSource db, CancellationToken ct)
    {
        if (verdict is not (null or "accepted" or "rejected" or "unusable"))
            throw ProblemException.BadRequest("verdict", $"There is no verdict '{verdict}': use accepted, rejected or unusable.");
        var rows = (await db.ReadAsync(connection => connection.QueryAsync<Row>("""
            SELECT position, id, run, generation, task, task_type AS tasktype, sample, policy, outcome, reward, turns, verdict FROM trajectory
            WHERE (@run::uuid IS NULL OR run = @run) AND (@verdict::text IS NULL OR verdict = @verdict) AND (@cursor::bigint IS NULL OR position < @cursor)
            ORDER BY position DESC LIMIT @limit
            """, new { run, verdict, cursor, limit = PageSize + 1 }), ct)).ToList();
        return Page.Of(rows, PageSize, row => row.Position.ToString(), r => new ListedTrajectory(r.Id, r.Run, r.Generation, r.Task, r.TaskType, r.Sample, r.Policy, r.Outcome, r.Reward, r.Turns, r.Verdict));
    }

    private sealed record Row(long Position, Guid Id, Guid Run, Guid Generation, string Task, string TaskType, int Sample, string Policy, string Outcome, double? Reward, int Turns, string? Verdict);

    /// <summary>The trajectory itself is folded from the ledger; its scores come from the view. Of a person who was erased there is only that it happened.</summary>
    private static async Task<object> ShowAsync(Guid id, LedgerStore ledger, NpgsqlDataSource db, SubjectKeys subjects, CancellationToken ct)
    {
        var recorded = await ledger.ReadStreamAsync(TrajectoryId.From(id).Stream(), ct: ct).Select(stored => stored.Data).OfType<TrajectoryRecorded>().LastOrDefaultAsync(ct)
            ?? throw ProblemException.NotFound("trajectory", id.ToString());
        var erased = recorded.Subject is { } subject && subjects.IsErased(subject);
        var t = erased ? recorded : subjects.Decrypt(recorded);
        var scores = await db.ReadAsync(connection => connection.QueryAsync<(string Opinions, string? Reasons)>(
            "SELECT opinions::text, encrypted_reasons::text FROM score WHERE trajectory = @id ORDER BY position", new { id }), ct);
        return new
        {
            id, t.Run, t.Generation, t.Task, t.TaskType, t.Sample, t.Environment, policy = t.Policy.ToString(), t.Seed, t.Temperature, t.Outcome, t.Reason, t.Reward, t.Turns, t.Tokens, t.RoleTokens,
            scores = scores.SelectMany(score => Opinions(subjects, score.Opinions, erased ? null : score.Reasons)), t.Subject, erased = erased ? true : (bool?)null,
        };
    }

    private static IReadOnlyList<Opinion> Opinions(SubjectKeys subjects, string opinions, string? reasons)
    {
        var recorded = JsonSerializer.Deserialize<Opinion[]>(opinions, EventRegistry.Json)!;
        return reasons is null ? recorded : subjects.Decrypt(recorded, JsonSerializer.Deserialize<Encrypted>(reasons, EventRegistry.Json)!);
    }
}
