using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace AgentOps.Registry;

/// <param name="Kind"><c>trajectory</c>, <c>generation</c>, <c>run</c> or <c>environment</c>.</param>
/// <param name="Id">As a lineage names it.</param>
public sealed record NewWithdrawal(string Kind, string Id, string Reason);

/// <summary>Taking back what models may have learned from.</summary>
public static class WithdrawalEndpoints
{
    private const int LongestReason = 500;

    private static readonly Dictionary<string, ReferenceKind> Kinds = WithdrawalEvents.Kinds.ToDictionary(kind => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()));

    public static void MapWithdrawals(this WebApplication app)
    {
        var withdrawals = app.MapGroup("/api/v1/withdrawals");
        withdrawals.MapPost("", WithdrawAsync).RequireRole(Role.Admin);
        withdrawals.MapGet("", async (NpgsqlDataSource db, CancellationToken ct) => new { items = await ListAsync(db, ct) }).RequireRole(Role.Viewer).ShowsView("models");
        withdrawals.MapGet("/{id:guid}", ShowAsync).RequireRole(Role.Viewer).ShowsView("lineage");
    }

    private static async Task<IResult> WithdrawAsync(NewWithdrawal wanted, Caller caller, Withdrawals withdrawals, NpgsqlDataSource db, LedgerStore ledger, HttpContext http, CancellationToken ct)
    {
        if (!Kinds.TryGetValue(wanted.Kind, out var kind))
            throw ProblemException.BadRequest("withdrawal-kind", $"'{wanted.Kind}' cannot be withdrawn: expected {string.Join(", ", Kinds.Keys)}.");
        if (wanted.Reason.Length is 0 or > LongestReason || wanted.Reason.Any(char.IsControl))
            throw ProblemException.BadRequest("withdrawal-reason", $"A withdrawal says why, in 1 to {LongestReason} characters on one line.");
        var subject = ReferenceIds.Checked(kind, wanted.Id);
        await withdrawals.CaughtUpAsync(await ledger.HeadAsync(ct), ct);
        if (!await LineageRows.KnowsAsync(db, subject, ct))
            throw ProblemException.NotFound(wanted.Kind, wanted.Id);
        // The same subject is withdrawn once: its id follows from it.
        var id = WithdrawalId.Of(subject);
        var learned = await withdrawals.LearnedFromAsync(subject, ct);
        var position = await ledger.HandleAsync<Withdrawn>(id.Stream(), (_, fact) => (Withdrawn)fact,
            before => before is null ? [new Withdrawn(id, subject, wanted.Reason, caller.Actor, learned.Versions, learned.Deployments)] : [], caller.Asks(), ct);
        http.ShowPosition(position);
        return Results.Created($"/api/v1/withdrawals/{id}", await ShowAsync(id.Value, withdrawals, ledger, ct));
    }

    /// <summary>A withdrawal as it was made, and what was learned from its subject until now; of each run that made such a version the file that trains without it.</summary>
    private static async Task<object> ShowAsync(Guid id, Withdrawals withdrawals, LedgerStore ledger, CancellationToken ct)
    {
        var made = await ledger.ReadStreamAsync(WithdrawalId.From(id).Stream(), ct: ct).FirstOrDefaultAsync(ct) ?? throw ProblemException.NotFound("withdrawal", id.ToString());
        var withdrawn = (Withdrawn)made.Data;
        var now = await withdrawals.LearnedFromAsync(withdrawn.Subject, ct);
        return new
        {
            id, withdrawn.Subject, withdrawn.Reason, withdrawn.WithdrawnBy, withdrawnAt = made.At, made.Position, then = new { withdrawn.Versions, withdrawn.Deployments },
            now = new { now.Versions, now.Deployments }, retrain = now.Models.Select(model => model.Run).Distinct().Select(run => new { run, file = $"/api/v1/runs/{run}/file?without={id}" }),
        };
    }

    private static Task<IEnumerable<object>> ListAsync(NpgsqlDataSource db, CancellationToken ct) => db.ReadAsync<IEnumerable<object>>(async connection =>
        (await connection.QueryAsync<(Guid Id, string Kind, string Subject, string Reason, string WithdrawnBy, DateTime WithdrawnAt)>(
            new CommandDefinition("SELECT id, kind, subject, reason, withdrawn_by, withdrawn_at FROM withdrawal ORDER BY withdrawn_at", cancellationToken: ct)))
        .Select(w => new { w.Id, subject = new Reference(Enum.Parse<ReferenceKind>(w.Kind), w.Subject), w.Reason, w.WithdrawnBy, w.WithdrawnAt }), ct);
}
