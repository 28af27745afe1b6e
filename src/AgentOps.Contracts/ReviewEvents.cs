namespace AgentOps.Contracts;

/// <summary>Judge's facts about what people are asked and what each of them answered.</summary>
public static class ReviewEvents
{
    public static readonly IReadOnlyList<EventType> All =
    [
        EventType.Of<ReviewRequested>("review.requested.v1"),
        EventType.Of<ReviewAnswered>("review.answered.v1"),
        EventType.Of<ReviewClosed>("review.closed.v1"),
    ];
}

/// <summary>Which of two trajectories of one task is better, in the order in which they are shown.</summary>
public enum Preference { First, Second, Neither }

/// <summary>What a person said of a trajectory.</summary>
public sealed record PersonVerdict(string Reviewer, Verdict Verdict);

/// <summary>What a person said of two trajectories.</summary>
public sealed record PersonPreference(string Reviewer, Preference Preferred);

/// <summary>A question to people: of one trajectory its verdict, of two which is better.</summary>
/// <param name="Judgement">The judge step's, or the comparison's, whose outcome waits for it.</param>
/// <param name="Shard">The judgement's shard; null for a comparison, which has none.</param>
/// <param name="Trajectories">In the order in which they are shown.</param>
/// <param name="Reviewers">How many different people are asked.</param>
/// <param name="Shown">The SHA-256 of what is shown and of which task and sample that is, whatever run it is for: a run that is made again finds the answers by it.</param>
/// <param name="Subjects">Whose personal data is shown; null: nobody's.</param>
public sealed record ReviewRequested(
    ReviewId Review, JudgementId Judgement, RunId Run, int? Shard, string Task, IReadOnlyList<TrajectoryId> Trajectories, int Reviewers, Digest Shown, IReadOnlyList<string>? Subjects = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Judgement, Judgement), .. Trajectories.Select(t => Reference.To(ReferenceKind.Trajectory, t)), .. (Subjects ?? []).SelectMany(Contracts.Subjects.Of)];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <param name="Verdict">Of one trajectory; null where two are compared.</param>
/// <param name="Preferred">Of two; null where one is judged.</param>
/// <param name="Reason">Null where none was given, or where it is encrypted.</param>
/// <param name="EncryptedReason">The reason where personal data was shown, which it may repeat.</param>
public sealed record ReviewAnswered(
    ReviewId Review, IReadOnlyList<TrajectoryId> Trajectories, string Reviewer, Verdict? Verdict = null, Preference? Preferred = null, string? Reason = null, Encrypted? EncryptedReason = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Person, Reviewer), .. Trajectories.Select(t => Reference.To(ReferenceKind.Trajectory, t))];

    public IReadOnlyList<Reference> Outputs => [];
}

public enum ReviewEnd
{
    /// <summary>As many people as were asked have answered.</summary>
    Answered,

    /// <summary>The person whose data is shown was erased: nobody can be asked any more.</summary>
    Erased,
}

/// <summary>Nobody is asked any more. Stands in one append with the last answer.</summary>
public sealed record ReviewClosed(ReviewId Review, JudgementId Judgement, RunId Run, int? Shard, ReviewEnd End) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}
