using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Subjects;
using Dapper;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace AgentOps.Registry;

/// <param name="Kind"><c>trajectory</c>, <c>generation</c>, <c>run</c>, <c>environment</c>, <c>subject</c> or <c>person</c>, who is withdrawn as a reviewer.</param>
/// <param name="Id">As a lineage names it.</param>
/// <param name="Erase">Of a subject: remove its key as well, so that nobody can read its data any more.</param>
public sealed record NewWithdrawal(string Kind, string Id, string Reason, bool Erase = false);

public sealed record ListedWithdrawal(Guid Id, Reference Subject, string Reason, string WithdrawnBy, DateTime WithdrawnAt);

/// <summary>Taking back what models may have learned from.</summary>
public static class WithdrawalEndpoints
{
    private const int PageSize = 50;

    private static readonly Dictionary<string, ReferenceKind> Kinds = WithdrawalEvents.Kinds.ToDictionary(kind => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString()));

    public static void MapWithdrawals(this WebApplication app)
    {
        var withdrawals = app.MapGroup("/api/v1/withdrawals");
        withdrawals.MapPost("", WithdrawAsync).RequireRole(Role.Admin);
        withdrawals.MapGet("", PageAsync).RequireRole(Role.Viewer).ShowsView("models");
        withdrawals.MapGet("/{id:guid}", ShowAsync).RequireRole(Role.Viewer).ShowsView("lineage").ShowsView("models");
    }

    private static async Task<IResult> WithdrawAsync(NewWithdrawal wanted, Caller caller, Withdrawals withdrawals, SubjectKeys keys, NpgsqlDataSource db, LedgerStore ledger, HttpContext http, CancellationToken ct)
    {
        if (!Kinds.TryGetValue(wanted.Kind, out var kind))
            throw ProblemException.BadRequest("withdrawal-kind", $"'{wanted.Kind}' cannot be withdrawn: expected {string.Join(", ", Kinds.Keys)}.");
        Reasons.Check(wanted.Reason, "withdrawal");
        if (wanted.Erase && kind != ReferenceKind.Subject)
            throw ProblemException.BadRequest("withdrawal-erase", $"Only a subject can be erased, and this is of the kind {wanted.Kind}: its data is encrypted under a key of its own.");
        var subject = ReferenceIds.Checked(kind, wanted.Id);
        // The same subject is withdrawn once: its id follows from it.
        var id = WithdrawalId.Of(subject);
        Withdrawn made = new(id, subject, wanted.Reason, caller.Actor, [], []);
        async Task AppendAsync(Func<Withdrawal?, IReadOnlyList<IEvent>> decide) => http.ShowPosition(await ledger.HandleAsync<Withdrawal>(id.Stream(), Withdrawal.Evolve, decide, caller.Asks(), ct));
        // A key can go whatever becomes of the rest, which asks views.
        var erases = wanted.Erase && keys.Knows(wanted.Id);
        if (erases)
            await AppendAsync(before => Withdrawal.Erase(before, made));
        try
        {
            await withdrawals.CaughtUpAsync(await ledger.HeadAsync(ct), ct);
            if (!erases && !await LineageRows.KnowsAsync(db, subject, ct))
                throw ProblemException.NotFound(wanted.Kind, wanted.Id);
            var (learned, decided) = await withdrawals.AffectedAsync(await withdrawals.CameOfAsync(subject, ct), ct);
            await AppendAsync(before => Withdrawal.Make(before, made with { Versions = learned.Versions, Deployments = learned.Deployments, Decided = decided }));
        }
        catch (ProblemException unknown) when (erases && unknown.Status != StatusCodes.Status409Conflict)
        {
            throw new ProblemException(unknown.Status, unknown.Kind, $"The key of {wanted.Id} goes, as asked; what learned from it is not marked yet, so ask again: {unknown.Message}");
        }
        catch (ProblemException) when (erases)
        {
            // What learned from it cannot be told, and the answer says why; the key goes all the same.
        }
        if (wanted.Erase && !erases)
            await AppendAsync(before => Withdrawal.Erase(before, made));
        var shown = await ShowAsync(id.Value, withdrawals, ledger, ct);
        return wanted.Erase ? Results.Accepted($"/api/v1/withdrawals/{id}", shown) : Results.Created($"/api/v1/withdrawals/{id}", shown);
    }

    /// <summary>A withdrawal as it was made, what was learned from its subject until now, and what was decided by evaluations with it; of each run that learned the file that trains without it.</summary>
    private static async Task<object> ShowAsync(Guid id, Withdrawals withdrawals, LedgerStore ledger, CancellationToken ct)
    {
        var events = await ledger.ReadStreamAsync(WithdrawalId.From(id).Stream(), ct: ct).ToListAsync(ct);
        if (events is not [{ Data: Withdrawn withdrawn } made, ..])
            throw ProblemException.NotFound("withdrawal", id.ToString());
        var (now, untold) = await NowAsync(withdrawn, withdrawals, ct);
        return new { id, withdrawn.Subject, withdrawn.Reason, withdrawn.WithdrawnBy, withdrawnAt = made.At, made.Position, erasure = Erasure(events), then = Then(withdrawn, events), now = now?.Affected, untold, retrain = now?.Retrain ?? [] };
    }

    /// <returns>What learned from it until now and the runs that would train without it, or why that cannot be told.</returns>
    private static async Task<((object Affected, IEnumerable<object> Retrain)? Now, string? Untold)> NowAsync(Withdrawn withdrawn, Withdrawals withdrawals, CancellationToken ct)
    {
        try
        {
            var came = await withdrawals.CameOfAsync(withdrawn.Subject, ct);
            var (learned, decided) = await withdrawals.AffectedAsync(came, ct);
            return ((new { learned.Versions, learned.Deployments, decided }, came.Models.Select(model => model.Run).Distinct().Select(run => new { run, file = $"/api/v1/runs/{run}/file?without={withdrawn.Withdrawal}" })), null);
        }
        catch (ProblemException untold) when (untold.Status == StatusCodes.Status409Conflict)
        {
            return (null, untold.Message);
        }
    }

    /// <summary>What it had reached when it was made, from all events that say so; null where that is not said yet.</summary>
    private static object? Then(Withdrawn withdrawn, IReadOnlyList<StoredEvent> events)
    {
        var more = events.Select(stored => stored.Data).OfType<WithdrawalReached>().ToList();
        if (withdrawn.Follows is true && more.Count == 0)
            return null;
        Affected?[] decided = [withdrawn.Decided, .. more.Select(part => part.Decided)];
        return new
        {
            versions = withdrawn.Versions.Concat(more.SelectMany(part => part.Learned.Versions)), deployments = withdrawn.Deployments.Concat(more.SelectMany(part => part.Learned.Deployments)),
            decided = decided.Any(part => part is not null) ? new Affected([.. decided.SelectMany(part => part?.Versions ?? [])], [.. decided.SelectMany(part => part?.Deployments ?? [])]) : null,
        };
    }

    /// <summary>Null where nobody asked for it.</summary>
    private static object? Erasure(IReadOnlyList<StoredEvent> events) => events.FirstOrDefault(stored => stored.Data is ErasureRequested) is { } asked
        ? new { requestedAt = asked.At, ((ErasureRequested)asked.Data).RequestedBy, ((ErasureRequested)asked.Data).Reason, completedAt = events.FirstOrDefault(stored => stored.Data is ErasureCompleted)?.At }
        : null;

    /// <summary>The oldest first.</summary>
    /// <param name="cursor">Only those made after this one.</param>
    private static async Task<Page<ListedWithdrawal>> PageAsync(Guid? cursor, NpgsqlDataSource db, CancellationToken ct)
    {
        var rows = (await db.ReadAsync(connection => connection.QueryAsync<(Guid Id, string Kind, string Subject, string Reason, string WithdrawnBy, DateTime WithdrawnAt)>(new CommandDefinition("""
            SELECT id, kind, subject, reason, withdrawn_by, withdrawn_at FROM withdrawal
            WHERE @cursor::uuid IS NULL OR (withdrawn_at, id) > (SELECT last.withdrawn_at, last.id FROM withdrawal last WHERE last.id = @cursor)
            ORDER BY withdrawn_at, id LIMIT @rows
            """, new { cursor, rows = PageSize + 1 }, cancellationToken: ct)), ct)).ToList();
        return Page.Of(rows, PageSize, w => w.Id.ToString(), w => new ListedWithdrawal(w.Id, new(Enum.Parse<ReferenceKind>(w.Kind), w.Subject), w.Reason, w.WithdrawnBy, w.WithdrawnAt));
    }
}
