namespace AgentOps.Contracts;

/// <summary>Registry's facts about what may not be learned from any more.</summary>
public static class WithdrawalEvents
{
    public static readonly IReadOnlyList<EventType> All =
    [
        EventType.Of<Withdrawn>("withdrawal.made.v1"),
        EventType.Of<WithdrawalReached>("withdrawal.reached.v1"),
        EventType.Of<ErasureRequested>("withdrawal.erasure-requested.v1"),
        EventType.Of<ErasureCompleted>("withdrawal.erasure-completed.v1"),
    ];

    /// <summary>What can be withdrawn: a trajectory, or all of a generation, of a run, of an environment's version, of a person whose data it is, or what a person decided as a reviewer.</summary>
    public static readonly IReadOnlyList<ReferenceKind> Kinds = [ReferenceKind.Trajectory, ReferenceKind.Generation, ReferenceKind.Run, ReferenceKind.Environment, ReferenceKind.Subject, ReferenceKind.Person];
}

/// <summary>What it reached may be more than an event holds: the rest follows in <see cref="WithdrawalReached"/>.</summary>
/// <param name="Versions">The registered versions that were learned from it when it was withdrawn, as <c>name:version</c>.</param>
/// <param name="Deployments">The deployments that answered with one of them then.</param>
/// <param name="Decided">What had not learned from it and was promoted by an evaluation with episodes of it. Null: nothing, or an event of before that was said.</param>
/// <param name="Follows">Nobody could wait for what it reached: all of that follows. Null: it stands here, at least its beginning.</param>
public sealed record Withdrawn(WithdrawalId Withdrawal, Reference Subject, string Reason, string WithdrawnBy, IReadOnlyList<string> Versions, IReadOnlyList<string> Deployments, Affected? Decided = null, bool? Follows = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Subject, Reference.To(ReferenceKind.Person, WithdrawnBy)];

    public IReadOnlyList<Reference> Outputs => [];

    /// <summary>Whether a trajectory is what was withdrawn, or belongs to it.</summary>
    public bool Covers(TrajectoryRecorded trajectory) => Subject == Reference.To(ReferenceKind.Trajectory, trajectory.Trajectory)
        || Subject == Reference.To(ReferenceKind.Generation, trajectory.Generation)
        || Subject == Reference.To(ReferenceKind.Run, trajectory.Run)
        || Subject == Reference.To(ReferenceKind.Environment, trajectory.Environment)
        || (trajectory.Subject is { } person && Subject == Reference.To(ReferenceKind.Subject, person));

    /// <summary>Whether a reviewer was withdrawn who helped to decide this verdict.</summary>
    public bool Covers(TrajectoryJudged judged) => Covers((judged.Reviews ?? []).Select(r => r.Reviewer));

    /// <summary>Whether a reviewer was withdrawn who helped to decide this comparison.</summary>
    public bool Covers(PairCompared compared) => Covers(compared.Reviews.Select(r => r.Reviewer));

    private bool Covers(IEnumerable<string> reviewers) => Subject.Kind == ReferenceKind.Person && reviewers.Contains(Subject.Id);
}

/// <summary>More of what a withdrawal reached.</summary>
/// <param name="Learned">As <see cref="Withdrawn.Versions"/> and <see cref="Withdrawn.Deployments"/>.</param>
/// <param name="Decided">As <see cref="Withdrawn.Decided"/>.</param>
public sealed record WithdrawalReached(WithdrawalId Withdrawal, Reference Subject, Affected Learned, Affected? Decided = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Subject];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <param name="Versions">Registered versions, as <c>name:version</c>.</param>
/// <param name="Deployments">The deployments that answered with one of them.</param>
public sealed record Affected(IReadOnlyList<string> Versions, IReadOnlyList<string> Deployments);

/// <summary>From now on nothing is encrypted under the subject's key any more, and the key goes.</summary>
public sealed record ErasureRequested(WithdrawalId Withdrawal, string Subject, string Reason, string RequestedBy) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Subject, Subject), Reference.To(ReferenceKind.Person, RequestedBy)];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>The subject's key is gone: what was encrypted under it is still there, proves what it proved, and can be read by nobody.</summary>
public sealed record ErasureCompleted(WithdrawalId Withdrawal, string Subject) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Subject, Subject)];

    public IReadOnlyList<Reference> Outputs => [];
}
