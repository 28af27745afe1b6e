using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Subjects;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AgentOps.Judge;

/// <summary>A person's answer: a verdict on one trajectory, or which of two is better.</summary>
public sealed record NewAnswer(Verdict? Verdict = null, Preference? Preferred = null, string? Reason = null);

/// <summary>What a reviewer sees of a turn.</summary>
/// <param name="Role">Of a team, whose it was.</param>
public sealed record ShownTurn(string Observation, string Action, string? Role = null);

/// <summary>What a reviewer is asked, with nothing of what machines or other people said.</summary>
/// <param name="Kind">verdict or comparison.</param>
/// <param name="Closed">Why nobody is asked any more; null where it is open.</param>
/// <param name="Shown">One trajectory, or two in the order in which they are compared.</param>
public sealed record ShownReview(Guid Id, string Kind, Guid Run, string Task, int Answers, int Wanted, string? Closed, IReadOnlyList<IReadOnlyList<ShownTurn>> Shown);

/// <summary>The queue of what people are asked.</summary>
public static class ReviewEndpoints
{
    private const int PageSize = 50;
    private const int LongestReason = 1000;

    public static void MapReviews(this WebApplication app)
    {
        var reviews = app.MapGroup("/api/v1/reviews").RequireRole(Role.Reviewer);
        reviews.MapGet("", ListAsync).ShowsView(ReviewView.Name);
        reviews.MapGet("/{id:guid}", ShowAsync);
        reviews.MapPost("/{id:guid}", AnswerAsync);
    }

    private static async Task<Page<ListedReview>> ListAsync(Guid? run, string? state, long? cursor, Caller caller, OpenReviews reviews, CancellationToken ct)
    {
        if (state is not (null or "open" or "answered"))
            throw ProblemException.BadRequest("review-state", "A review is open or answered: use one of the two, or leave it away for those that are open for you.");
        return await reviews.ListAsync(caller.Actor, run, state == "answered", cursor, PageSize, ct);
    }

    private static async Task<ShownReview> ShowAsync(Guid id, LedgerStore ledger, SubjectKeys subjects, CancellationToken ct)
    {
        var review = await ReadAsync(id, ledger, ct);
        var asked = review.Asked;
        var played = await ledger.TrajectoriesAsync(asked.Trajectories, ct).ToListAsync(ct);
        var turns = Erased(asked, subjects) is null ? asked.Trajectories.Select(t => subjects.Decrypt(played.Single(p => p.Trajectory == t)).Turns) : [];
        return new(id, review.IsComparison ? "comparison" : "verdict", asked.Run.Value, asked.Task, review.Answers.Count, asked.Reviewers, await ClosedAsync(review, ledger, subjects, ct),
            [.. turns.Select(all => all.Select(turn => new ShownTurn(turn.Observation, turn.Action, turn.Role)).ToList())]);
    }

    private static async Task<object> AnswerAsync(Guid id, NewAnswer answer, Caller caller, LedgerStore ledger, SubjectKeys subjects, HttpContext http, CancellationToken ct)
    {
        if (Caller.IsService(caller.Actor))
            throw new ProblemException(StatusCodes.Status403Forbidden, "reviewer-service", $"{caller.Actor} is a service, and people are asked.");
        var review = await ReadAsync(id, ledger, ct);
        Check(answer, review);
        if (review.End is null && Erased(review.Asked, subjects) is not null)
            await ledger.HandleAsync<Review>(review.Asked.Review.Stream(), Review.Evolve, Review.Erase, Topology.Judge.ActsFor(review.Asked.Run), ct);
        else if (review.End is null && await ClosedAsync(review, ledger, subjects, ct) is { } closed)
            throw new ProblemException(StatusCodes.Status409Conflict, "review-closed", closed);
        var reason = string.IsNullOrWhiteSpace(answer.Reason) ? null : answer.Reason.Trim();
        try
        {
            var encrypted = review.End is null && reason is not null && review.Asked.Subjects is { } owners ? subjects.EncryptReason(owners, reason) : null;
            ReviewAnswered given = new(review.Asked.Review, review.Asked.Trajectories, caller.Actor, answer.Verdict, answer.Preferred, encrypted is null ? reason : null, encrypted);
            // Of two who answer at once the second meets the first one's answer, and is judged again.
            http.ShowPosition(await ledger.HandleAsync<Review>(review.Asked.Review.Stream(), Review.Evolve, state => Review.Answer(state!, given), caller.Asks(review.Asked.Run), ct));
        }
        catch (ReviewRefusedException refused)
        {
            throw new ProblemException(StatusCodes.Status409Conflict, refused.Kind, refused.Message);
        }
        catch (SubjectUnreadableException erased)
        {
            throw new ProblemException(StatusCodes.Status409Conflict, "review-closed", erased.Message);
        }
        return new { id, reviewer = caller.Actor, answer.Verdict, answer.Preferred, reason };
    }

    /// <exception cref="ProblemException">It answers another question, or its reason is too long (400).</exception>
    private static void Check(NewAnswer answer, Review review)
    {
        if (review.IsComparison ? answer is not { Verdict: null, Preferred: not null } : answer is not { Verdict: not null, Preferred: null })
            throw ProblemException.BadRequest("review-answer", review.IsComparison
                ? $"Review {review.Asked.Review} compares two trajectories: its answer is 'preferred', which is first, second or neither."
                : $"Review {review.Asked.Review} judges one trajectory: its answer is 'verdict', which is accepted, rejected or unusable.");
        // A number would be read as a verdict that nobody knows.
        if ((answer.Verdict is { } verdict && !Enum.IsDefined(verdict)) || (answer.Preferred is { } preferred && !Enum.IsDefined(preferred)))
            throw ProblemException.BadRequest("review-answer", "An answer is one of the words, and not a number.");
        if (answer.Reason is { } reason && (reason.Length > LongestReason || reason.Any(c => char.IsControl(c) && c is not ('\n' or '\t'))))
            throw ProblemException.BadRequest("review-reason", $"A reason has at most {LongestReason} characters, and no control characters but line ends and tabs.");
    }

    /// <returns>Why nobody is asked any more, in a sentence; null where the question is open.</returns>
    private static async Task<string?> ClosedAsync(Review review, LedgerStore ledger, SubjectKeys subjects, CancellationToken ct) => review switch
    {
        { End: ReviewEnd.Answered } => $"Review {review.Asked.Review} is closed: {review.Answers.Count} of {review.Asked.Reviewers} people have answered it.",
        _ when review.End == ReviewEnd.Erased || Erased(review.Asked, subjects) is not null => $"Review {review.Asked.Review} is closed: the person whose data it shows was erased.",
        _ when await new CancellationWatch(ledger, review.Asked.Run).RequestedAsync(ct) => $"Review {review.Asked.Review} is closed: run {review.Asked.Run} has ended, and nobody waits for its answer.",
        _ => null,
    };

    private static string? Erased(ReviewRequested asked, SubjectKeys subjects) => asked.Subjects?.FirstOrDefault(subjects.IsErased);

    private static async Task<Review> ReadAsync(Guid id, LedgerStore ledger, CancellationToken ct) =>
        (await ledger.FoldAsync<Review>(ReviewId.From(id).Stream(), Review.Evolve, ct)).State ?? throw ProblemException.NotFound("review", id.ToString());
}
