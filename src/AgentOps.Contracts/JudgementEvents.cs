namespace AgentOps.Contracts;

/// <summary>Judge's facts: each trajectory's verdicts with their reasons.</summary>
public static class JudgementEvents
{
    public static readonly IReadOnlyList<EventType> All =
    [
        EventType.Of<JudgementPlanned>("judgement.planned.v1"),
        EventType.Of<JudgementShardRequested>("judgement.shard-requested.v1"),
        EventType.Of<ReviewsRequested>("judgement.reviews-requested.v1"),
        EventType.Of<TrajectoryJudged>("judgement.recorded.v1"),
        EventType.Of<JudgementShardCompleted>("judgement.shard-completed.v1"),
        EventType.Of<JudgementCompleted>("judgement.completed.v1"),
        EventType.Of<JudgementFailed>("judgement.failed.v1"),
    ];
}

public sealed record JudgementPlanned(JudgementId Judgement, StepKey Step, JudgeWork Work, int Shards) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Run, Step.Run), .. Work.Generations.Select(g => Reference.To(ReferenceKind.Generation, g))];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Judgement, Judgement)];
}

/// <summary>One delivery's worth of work: the trajectories of one generation's shard.</summary>
/// <param name="Reviewed">Those that people are to judge as well; null: none.</param>
public sealed record JudgementShardRequested(JudgementId Judgement, int Shard, GenerationId Generation, int GenerationShard, IReadOnlyList<TrajectoryId>? Reviewed = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Judgement, Judgement)];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>What people are asked about a shard, whose verdicts wait for it. Stands in one append with the questions.</summary>
public sealed record ReviewsRequested(JudgementId Judgement, int Shard, IReadOnlyList<ReviewId> Reviews) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Judgement, Judgement)];

    public IReadOnlyList<Reference> Outputs => [];
}

public enum Verdict
{
    Accepted,
    Rejected,

    /// <summary>The episode failed, so there is nothing to judge; it is neither good nor bad.</summary>
    Unusable,
}

/// <param name="Judge">The judge's name and version, such as <c>rules/1</c>.</param>
/// <param name="Score">In [0, 1]; null where there is nothing to score.</param>
public sealed record Opinion(string Judge, Verdict Verdict, double? Score, IReadOnlyList<string> Reasons);

/// <param name="Verdict">What most of the people who reviewed it said; where nobody did, accepted only where every judge accepted.</param>
/// <param name="EncryptedReasons">The opinions' reasons, a list for each, where the trajectory is personal data: they may repeat what was said in it, and those of <paramref name="Opinions"/> are empty then.</param>
/// <param name="Reviews">Every reviewer's verdict, by name; null where nobody was asked.</param>
public sealed record TrajectoryJudged(
    JudgementId Judgement, TrajectoryId Trajectory, Verdict Verdict, IReadOnlyList<Opinion> Opinions, Encrypted? EncryptedReasons = null, IReadOnlyList<PersonVerdict>? Reviews = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Trajectory, Trajectory), .. (Reviews ?? []).Select(r => Reference.To(ReferenceKind.Person, r.Reviewer))];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Judgement, Judgement)];
}

/// <summary>Stands in the same append as the shard's verdicts.</summary>
/// <param name="Content">The SHA-256 of the verdicts in the order of the trajectories, whatever run they were for. Null in events of before it was said.</param>
/// <param name="Reviews">What people said; null where nobody was asked.</param>
/// <param name="Judges">Whose opinions its verdicts have, by name and version, in order of their names. Null in events of before it was said.</param>
public sealed record JudgementShardCompleted(
    JudgementId Judgement, int Shard, int Accepted, int Rejected, int Unusable, Digest? Content = null, ReviewTally? Reviews = null, IReadOnlyList<string>? Judges = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <param name="Content">The SHA-256 over the contents of the shards, in their order; null where one of them has none.</param>
/// <param name="Agreement">Null where people reviewed nothing.</param>
/// <param name="Judges">Those of the shards; null where one of them does not say it.</param>
public sealed record JudgementCompleted(
    JudgementId Judgement, StepKey Step, int Accepted, int Rejected, int Unusable, Digest? Content = null, Agreement? Agreement = null, IReadOnlyList<string>? Judges = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [.. (Judges ?? []).Select(judge => Reference.To(ReferenceKind.Judge, judge))];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Judgement, Judgement)];
}

public sealed record JudgementFailed(JudgementId Judgement, StepKey Step, string Reason) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

public static class JudgementStreams
{
    /// <summary>The stream of one shard's verdicts, apart from the judgement's own so that folding that stays cheap.</summary>
    public static string VerdictStream(this JudgementId judgement, int shard) => $"{judgement.Stream()}-{shard}";
}
