using System.Data;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Dapper;
using Npgsql;

namespace AgentOps.Pipeline;

/// <summary>A run as the API lists it.</summary>
/// <param name="Status">queued, running, cancelling, succeeded, failed or cancelled.</param>
/// <param name="Model">The version that its last promotion gave, <c>name:version</c>.</param>
public sealed record ListedRun(Guid Id, string Name, string Status, string? Reason, string? Model, string SubmittedBy, DateTime SubmittedAt, DateTime? EndedAt, Guid? RetryOf, Guid? Reproduces);

/// <summary>A run as the API shows it.</summary>
public sealed record ShownRun(Guid Id, string Name, string Status, string? Reason, string? Model, string SubmittedBy, DateTime SubmittedAt, DateTime? EndedAt, Guid? RetryOf, Guid? Reproduces, IReadOnlyList<ShownStep> Steps);

public sealed record StepProgress(long Done, long Total, string Unit);

/// <summary>A step as the API shows it.</summary>
/// <param name="Status">pending before it is requested, then queued, running, cancelling, succeeded, failed or cancelled.</param>
/// <param name="Attempt">0 before the first request, and for a step taken over from another run.</param>
/// <param name="Machine">What a training's bytes depend on besides its inputs and seed.</param>
public sealed record ShownStep(
    string Path, string Kind, string? Name, string Status, int Attempt, DateTime? StartedAt, DateTime? EndedAt, StepProgress? Progress,
    string? Reason, string? Model, JsonElement? Metrics, JsonElement? Balance, JsonElement? Report, JsonElement? Promotion, JsonElement? Machine);

/// <summary>What is asked of the view of runs.</summary>
public static class RunQueries
{
    private const string Columns = "id, name, status, reason, model, submitted_by AS submittedby, submitted_at AS submittedat, ended_at AS endedat, retry_of AS retryof, reproduces";

    /// <summary>The newest first.</summary>
    /// <param name="cursor">Only runs submitted before this position.</param>
    public static async Task<Page<ListedRun>> ListAsync(NpgsqlDataSource db, long? cursor, int limit, CancellationToken ct)
    {
        var rows = (await db.ReadAsync(connection => connection.QueryAsync<PositionedRun>(
            $"SELECT position, {Columns} FROM run WHERE @cursor::bigint IS NULL OR position < @cursor ORDER BY position DESC LIMIT @rows", new { cursor, rows = limit + 1 }), ct)).ToList();
        return Page.Of(rows, limit, row => row.Position.ToString(), row => row.Listed());
    }

    /// <summary>One run with its steps, all as of one position; null where the view does not have it.</summary>
    public static Task<ShownRun?> FindAsync(NpgsqlDataSource db, RunId id, CancellationToken ct) => db.ReadAsync<ShownRun?>(async connection =>
    {
        await using var snapshot = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, ct);
        var run = await connection.QuerySingleOrDefaultAsync<PositionedRun>($"SELECT position, {Columns} FROM run WHERE id = @Id", new { Id = id.Value }, snapshot);
        if (run is null)
            return null;
        var steps = await connection.QueryAsync<StepRow>("""
            SELECT path, kind, name, status, attempt, started_at AS startedat, ended_at AS endedat, reason, model, done, total, unit,
                metrics::text AS metrics, balance::text AS balance, report::text AS report, promotion::text AS promotion, machine::text AS machine
            FROM step WHERE run = @Id ORDER BY ordinal
            """, new { Id = id.Value }, snapshot);
        return new ShownRun(run.Id, run.Name, run.Status, run.Reason, run.Model, run.SubmittedBy, run.SubmittedAt, run.EndedAt, run.RetryOf, run.Reproduces, [.. steps.Select(s => s.Shown())]);
    }, ct);

    public static async Task<IReadOnlyList<StepKey>> PassedDeadlinesAsync(NpgsqlDataSource db, DateTimeOffset now, CancellationToken ct)
    {
        var steps = await db.ReadAsync(connection => connection.QueryAsync<(Guid Run, string Path, int Attempt)>(
            "SELECT run, path, attempt FROM step WHERE deadline <= @now AND status IN ('queued', 'running', 'cancelling')", new { now }), ct);
        return [.. steps.Select(s => new StepKey(new RunId(s.Run), s.Path, s.Attempt))];
    }

    public static async Task<IReadOnlyList<RunId>> PassedGracesAsync(NpgsqlDataSource db, DateTimeOffset now, CancellationToken ct)
    {
        var runs = await db.ReadAsync(connection => connection.QueryAsync<Guid>("SELECT id FROM run WHERE status = 'cancelling' AND grace <= @now", new { now }), ct);
        return [.. runs.Select(RunId.From)];
    }

    private sealed record PositionedRun(long Position, Guid Id, string Name, string Status, string? Reason, string? Model, string SubmittedBy, DateTime SubmittedAt, DateTime? EndedAt, Guid? RetryOf, Guid? Reproduces)
    {
        public ListedRun Listed() => new(Id, Name, Status, Reason, Model, SubmittedBy, SubmittedAt, EndedAt, RetryOf, Reproduces);
    }

    private sealed record StepRow(
        string Path, string Kind, string? Name, string Status, int Attempt, DateTime? StartedAt, DateTime? EndedAt, string? Reason, string? Model,
        long Done, long? Total, string? Unit, string? Metrics, string? Balance, string? Report, string? Promotion, string? Machine)
    {
        public ShownStep Shown() => new(
            Path, Kind, Name, Status, Attempt, StartedAt, EndedAt, Total is { } total && Unit is not null ? new StepProgress(Done, total, Unit) : null,
            Reason, Model, Read(Metrics), Read(Balance), Read(Report), Read(Promotion), Read(Machine));

        private static JsonElement? Read(string? json) => json is null ? null : JsonSerializer.Deserialize<JsonElement>(json);
    }
}
