using AgentOps.Contracts;

namespace AgentOps.Judge;

/// <summary>One question to people, as its stream tells it. Its run's end closes it as well, which the run's own stream says.</summary>
public sealed record Review(ReviewRequested Asked, IReadOnlyList<ReviewAnswered> Answers, ReviewEnd? End = null)
{
    public static Review Evolve(Review? state, IEvent @event) => @event switch
    {
        ReviewRequested asked => new(asked, state?.Answers ?? []),
        ReviewAnswered answer => state! with { Answers = [.. state.Answers, answer] },
        ReviewClosed closed => state! with { End = closed.End },
        _ => state!,
    };

    /// <summary>Whether two trajectories are compared, and not one is judged.</summary>
    public bool IsComparison => Asked.Trajectories.Count == 2;

    /// <summary>A person's answer, and the end of the question where it is the last one that was asked for. What somebody said stays said.</summary>
    /// <exception cref="ReviewRefusedException">The question is closed, or this person has answered it.</exception>
    public static IReadOnlyList<IEvent> Answer(Review state, ReviewAnswered answer)
    {
        if (state.End is { } end)
            throw new ReviewRefusedException("review-closed", end == ReviewEnd.Erased
                ? $"Review {state.Asked.Review} is closed: the person whose data it shows was erased."
                : $"Review {state.Asked.Review} is closed: {state.Asked.Reviewers} of {state.Asked.Reviewers} people have answered it.");
        if (state.Answers.Any(given => given.Reviewer == answer.Reviewer))
            throw new ReviewRefusedException("review-answered", $"{answer.Reviewer} has answered review {state.Asked.Review}: everybody is asked once, and what was said stays said.");
        return state.Answers.Count + 1 == state.Asked.Reviewers ? [answer, state.Closed(ReviewEnd.Answered)] : [answer];
    }

    /// <summary>Nobody can be asked any more.</summary>
    public static IReadOnlyList<IEvent> Erase(Review? state) => state is { End: null } ? [state.Closed(ReviewEnd.Erased)] : [];

    private ReviewClosed Closed(ReviewEnd end) => new(Asked.Review, Asked.Judgement, Asked.Run, Asked.Shard, end);
}

/// <summary>An answer cannot be taken; the sentence says why.</summary>
/// <param name="kind">The stable end of the problem's type.</param>
public sealed class ReviewRefusedException(string kind, string message) : Exception(message)
{
    public string Kind { get; } = kind;
}
