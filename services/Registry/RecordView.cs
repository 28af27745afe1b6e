using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Mvc;
using Npgsql;

namespace AgentOps.Registry;

/// <param name="Data">The event as it stands in the ledger.</param>
public sealed record RecordEntry(long Position, DateTime At, string Actor, string Type, string Stream, Guid? Run, JsonElement Data);

/// <summary>
/// Who did what, when and why: every event that a person caused, and every decision about models, deployments, keys and access, whoever caused it.
/// It is what the EU's AI Act, articles 12, 19 and 26(6), asks to be kept for six months; the ledger keeps it for ever.
/// </summary>
public static class RecordView
{
    public const string Name = "record";
    private const int PageSize = 200;
    private static readonly JsonElement Withheld = JsonSerializer.SerializeToElement(new { withheld = "What reviewers say is shown to operators: whoever else reads this may still be asked." });
    private static readonly string[] Decisions = ["model", "deployment", "access", "withdrawal", "deletion", "review", "log"];

    public static readonly View Definition = new(Name, 2,
        ["run", "generation", "trajectory", "judgement", "review", "dataset", "training", "evaluation", "model", "deployment", "serving", "access", "withdrawal", "deletion", "log"],
        ["record"],
        """
        CREATE TABLE record (position bigint PRIMARY KEY, at timestamptz NOT NULL, actor text NOT NULL, type text NOT NULL, stream text NOT NULL, run uuid);
        CREATE INDEX ON record (at, position);
        CREATE INDEX ON record (actor, position);
        """, Apply);

    private sealed record Row(long Position, DateTime At, string Actor, string Type, string Stream, Guid? Run, string Data);

    public static void MapRecord(this WebApplication app) => app.MapGet("/api/v1/audit/record", ListAsync).RequireRole(Role.Viewer).ShowsView(Name);

    /// <summary>The oldest first, with each event as it stands in the ledger.</summary>
    /// <param name="from">Only what happened at or after this time.</param>
    /// <param name="to">Only what happened before this time.</param>
    /// <param name="cursor">Only what stands after this position.</param>
    private static async Task<Page<RecordEntry>> ListAsync([FromQuery] DateTimeOffset? from, [FromQuery] DateTimeOffset? to, [FromQuery] string? actor, [FromQuery] long? cursor, Caller caller, NpgsqlDataSource db, CancellationToken ct)
    {
        var rows = (await db.ReadAsync(connection => connection.QueryAsync<Row>(new CommandDefinition("""
            SELECT r.position, r.at, r.actor, r.type, r.stream, r.run, e.data::text AS data
            FROM record r JOIN ledger.event e ON e.position = r.position
            WHERE (@from::timestamptz IS NULL OR r.at >= @from) AND (@to::timestamptz IS NULL OR r.at < @to) AND (@actor::text IS NULL OR r.actor = @actor) AND r.position > @after
            ORDER BY r.position LIMIT @rows
            """, new { from = from?.ToUniversalTime(), to = to?.ToUniversalTime(), actor, after = cursor ?? 0, rows = PageSize + 1 }, cancellationToken: ct)), ct)).ToList();
        return Page.Of(rows, PageSize, row => row.Position.ToString(), row => new RecordEntry(
            row.Position, row.At, row.Actor, row.Type, row.Stream, row.Run, IsWithheld(row.Stream, caller) ? Withheld : JsonSerializer.Deserialize<JsonElement>(row.Data)));
    }

    /// <summary>What one reviewer said is not told to those who may still be asked the same.</summary>
    public static bool IsWithheld(string stream, Caller caller) => caller.Role < Role.Operator && stream.StartsWith("review-", StringComparison.Ordinal);

    private static void Apply(StoredEvent stored, ViewChanges changes)
    {
        if (Caller.IsService(stored.Meta.Actor) && !Decisions.Contains(stored.Stream[..stored.Stream.IndexOf('-', StringComparison.Ordinal)]))
            return;
        changes.Add("INSERT INTO record VALUES (@Position, @At, @Actor, @Type, @Stream, @Run)",
            new { stored.Position, stored.At, stored.Meta.Actor, stored.Type, stored.Stream, stored.Meta.Run });
    }
}
