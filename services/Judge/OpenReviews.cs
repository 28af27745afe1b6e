using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace AgentOps.Judge;

/// <summary>A question as the queue lists it.</summary>
/// <param name="Kind">verdict or comparison.</param>
/// <param name="Answers">How many people have answered it, of those wanted.</param>
public sealed record ListedReview(Guid Id, string Kind, Guid Run, string Task, int Answers, int Wanted, DateTime AskedAt);

/// <summary>What is asked of the view of reviews.</summary>
public sealed class OpenReviews(NpgsqlDataSource db, [FromKeyedServices(ReviewView.Name)] Projection view)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>The questions, the oldest first: open ones that this person has not answered, or those that he has.</summary>
    /// <param name="cursor">Only those asked after this position.</param>
    public async Task<Page<ListedReview>> ListAsync(string reviewer, Guid? run, bool answered, long? cursor, int limit, CancellationToken ct)
    {
        var rows = (await db.ReadAsync(connection => connection.QueryAsync<Row>(new CommandDefinition($"""
            SELECT position, id, kind, run, task, answers, wanted, asked_at AS askedat FROM review r
            WHERE (@run::uuid IS NULL OR run = @run) AND position > @cursor
                AND {(answered ? "EXISTS" : "open AND NOT EXISTS")} (SELECT FROM review_answer a WHERE a.review = r.id AND a.reviewer = @reviewer)
            ORDER BY position LIMIT @rows
            """, new { reviewer, run, cursor = cursor ?? 0, rows = limit + 1 }, cancellationToken: ct)), ct)).ToList();
        return Page.Of(rows, limit, row => row.Position.ToString(), r => new ListedReview(r.Id, r.Kind, r.Run, r.Task, r.Answers, r.Wanted, r.AskedAt));
    }

    /// <summary>The open questions that show a person's data. The view says which to look at; each question's own stream decides.</summary>
    /// <exception cref="InvalidOperationException">The view is too far behind: the delivery comes again.</exception>
    public async Task<IReadOnlyList<ReviewId>> OfAsync(string subject, long position, CancellationToken ct) =>
        await view.WaitForAsync(position, Patience, ct) is > 0 and var lag
            ? throw new InvalidOperationException($"The view of reviews is {lag} events behind position {position}.")
            : [.. (await db.ReadAsync(connection => connection.QueryAsync<Guid>(new CommandDefinition("SELECT id FROM review WHERE open AND @subject = ANY(subjects)", new { subject }, cancellationToken: ct)), ct)).Select(ReviewId.From)];

    private sealed record Row(long Position, Guid Id, string Kind, Guid Run, string Task, int Answers, int Wanted, DateTime AskedAt);
}
