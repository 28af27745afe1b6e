namespace AgentOps.Contracts;

/// <summary>Judge's facts about comparisons: people's judgement which of two trajectories is better.</summary>
public static class ComparisonEvents
{
    public static readonly IReadOnlyList<EventType> All =
    [
        EventType.Of<ComparisonPlanned>("judgement.comparison-planned.v1"),
        EventType.Of<PairCompared>("judgement.pair-compared.v1"),
        EventType.Of<ComparisonCompleted>("judgement.comparison-completed.v1"),
    ];
}

/// <summary>Stands in one append with the questions.</summary>
/// <param name="Reviews">The questions; without those that were answered in the run that this one retries or makes again.</param>
public sealed record ComparisonPlanned(JudgementId Judgement, StepKey Step, CompareWork Work, IReadOnlyList<ReviewId> Reviews) : IEvent
{
    public IReadOnlyList<Reference> Inputs =>
    [
        Reference.To(ReferenceKind.Run, Step.Run),
        .. Work.Sources.Select(s => Reference.To(ReferenceKind.Generation, s.Generation)).Distinct(),
        .. Work.Sources.Where(s => s.Judgement is not null).Select(s => Reference.To(ReferenceKind.Judgement, s.Judgement!.Value)).Distinct(),
    ];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Judgement, Judgement)];
}

/// <param name="Preferred">What most reviewers said; neither where there is no majority. Null where nobody could be asked any more.</param>
/// <param name="Reviews">Everybody's answer, by name.</param>
public sealed record PairCompared(JudgementId Judgement, string Task, TrajectoryId First, TrajectoryId Second, Preference? Preferred, IReadOnlyList<PersonPreference> Reviews) : IEvent
{
    public IReadOnlyList<Reference> Inputs =>
    [
        Reference.To(ReferenceKind.Trajectory, First), Reference.To(ReferenceKind.Trajectory, Second), .. Reviews.Select(r => Reference.To(ReferenceKind.Person, r.Reviewer)),
    ];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Judgement, Judgement)];
}

/// <summary>Stands in one append with the pairs.</summary>
/// <param name="Decided">Pairs of which one side is better.</param>
/// <param name="Tied">Pairs of which neither is, or about which the reviewers disagree.</param>
/// <param name="Unusable">Pairs about which nobody could be asked any more.</param>
/// <param name="Content">The SHA-256 of what was said, whatever run it was for.</param>
public sealed record ComparisonCompleted(JudgementId Judgement, StepKey Step, int Decided, int Tied, int Unusable, Digest Content, Agreement Agreement) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Judgement, Judgement)];
}
