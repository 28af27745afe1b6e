namespace AgentOps.Contracts;

/// <summary>Registry's facts: immutable versions, movable aliases, the gate's decisions, what is deployed.</summary>
public static class ModelEvents
{
    public static readonly IReadOnlyList<EventType> All =
    [
        EventType.Of<ModelVersionRegistered>("model.version-registered.v1"),
        EventType.Of<AliasMoved>("model.alias-moved.v1"),
        EventType.Of<AliasPolicySet>("model.alias-policy-set.v1"),
        EventType.Of<AliasMoveProposed>("model.alias-move-proposed.v1"),
        EventType.Of<AliasMoveApproved>("model.alias-move-approved.v1"),
        EventType.Of<AliasMoveRejected>("model.alias-move-rejected.v1"),
        EventType.Of<PromotionDecided>("model.promotion-decided.v1"),
        EventType.Of<PromotionFailed>("model.promotion-failed.v1"),
        EventType.Of<DeploymentActivated>("deployment.activated.v1"),
    ];

    /// <summary>As which the gate of a promotion moves aliases; no key may be called so.</summary>
    public const string Gate = "gate";

    /// <summary>The reference of one version, such as <c>household-agent:3</c>.</summary>
    public static Reference Version(string model, int version) => new(ReferenceKind.ModelVersion, $"{model}:{version}");

    /// <summary>The reference of what an alias points at, such as <c>household-agent@production</c>.</summary>
    public static Reference AliasOf(string model, string alias) => new(ReferenceKind.ModelVersion, $"{model}@{alias}");
}

/// <param name="Source">What the pipeline called it.</param>
/// <param name="Withdrawals">Those that had been made before of what the version learned from; null where there were none.</param>
public sealed record ModelVersionRegistered(string Model, int Version, Digest Digest, RunId Run, string Source, IReadOnlyList<WithdrawalId>? Withdrawals = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.Model(Digest), Reference.To(ReferenceKind.Run, Run)];

    public IReadOnlyList<Reference> Outputs => [ModelEvents.Version(Model, Version)];
}

/// <param name="Previous">The version the alias pointed at; null for a new alias.</param>
/// <param name="Evidence">The evaluation whose gate allowed it; of a person's move the one by which a gate had let the version pass, where the alias's policy asks for that.</param>
/// <param name="ApprovedBy">Who else approved, where the alias's policy asks for that.</param>
/// <param name="Reason">Why, as whoever asked for it says; null where nothing was said.</param>
public sealed record AliasMoved(string Model, string Alias, int Version, int? Previous, EvaluationId? Evidence, string MovedBy, IReadOnlyList<string>? ApprovedBy = null, string? Reason = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs =>
    [
        ModelEvents.Version(Model, Version),
        .. Evidence is { } evaluation ? [Reference.To(ReferenceKind.Evaluation, evaluation)] : Array.Empty<Reference>(),
        Reference.To(ReferenceKind.Person, MovedBy),
        .. (ApprovedBy ?? []).Select(person => Reference.To(ReferenceKind.Person, person)),
    ];

    public IReadOnlyList<Reference> Outputs => [ModelEvents.AliasOf(Model, Alias)];
}

/// <summary>What it takes to move one alias.</summary>
/// <param name="Movers">The names of the keys that may ask for a move, and <c>gate</c> for promotions; null: whoever may move aliases at all.</param>
/// <param name="PassedGate">Whether only a version that a gate of this model let pass may be pointed at.</param>
/// <param name="Approvals">How many persons must agree besides the one who asked; 1 is what is called four eyes.</param>
/// <param name="Gate">What that gate must have asked at least; null: whatever its run's file said.</param>
public sealed record AliasPolicy(IReadOnlyList<string>? Movers = null, bool PassedGate = false, int Approvals = 0, GateTerms? Gate = null);

public sealed record AliasPolicySet(string Model, string Alias, AliasPolicy Policy, string SetBy) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Person, SetBy)];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>A move that waits for approval. It lapses when the alias moves otherwise or another move is proposed.</summary>
/// <param name="ProposedBy">Who asked for it; for a gate's the person who submitted the run.</param>
/// <param name="Mover">Who moves it once it is approved, <c>gate</c> for a gate's. Null in events of before it was said: the gate where there is evidence, else who asked.</param>
public sealed record AliasMoveProposed(string Model, string Alias, int Version, int? Previous, EvaluationId? Evidence, string ProposedBy, string? Mover = null, string? Reason = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [ModelEvents.Version(Model, Version), Reference.To(ReferenceKind.Person, ProposedBy)];

    public IReadOnlyList<Reference> Outputs => [];
}

public sealed record AliasMoveApproved(string Model, string Alias, int Version, string ApprovedBy, string? Reason = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [ModelEvents.Version(Model, Version), Reference.To(ReferenceKind.Person, ApprovedBy)];

    public IReadOnlyList<Reference> Outputs => [];
}

public sealed record AliasMoveRejected(string Model, string Alias, int Version, string RejectedBy, string? Reason = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [ModelEvents.Version(Model, Version), Reference.To(ReferenceKind.Person, RejectedBy)];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>How one candidate stood at the gate.</summary>
/// <param name="Passed">What the gate found; that the alias stays where it is all the same may have other reasons.</param>
/// <param name="Findings">Each condition and test with its figures, in words, and what the alias's policy had to say.</param>
/// <param name="Team">Where the figures are those of a team: which one, of which <paramref name="Model"/> is one member. Null: they are the model's own.</param>
public sealed record CandidateDecision(string Name, Digest Model, bool Passed, IReadOnlyList<string> Findings, PolicyReference? Team = null)
{
    /// <summary>With one finding more.</summary>
    public CandidateDecision And(string finding) => this with { Findings = [.. Findings, finding] };
}

/// <param name="Version">The promoted version; null where the alias stays where it was, since the gate refused or for what the findings say.</param>
/// <param name="Asked">What the gate asked; null in events of before it was said.</param>
public sealed record PromotionDecided(string Model, string Alias, StepKey Step, int? Version, IReadOnlyList<CandidateDecision> Candidates, IReadOnlyList<EvaluationId> Evidence, GateTerms? Asked = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs =>
    [
        .. Evidence.Select(e => Reference.To(ReferenceKind.Evaluation, e)),
        .. Candidates.Select(c => Reference.Model(c.Model)),
    ];

    public IReadOnlyList<Reference> Outputs => Version is { } version ? [ModelEvents.Version(Model, version)] : [];
}

public sealed record PromotionFailed(string Model, StepKey Step, string Reason) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>From here on Serving answers for <paramref name="Deployment"/> with this version.</summary>
/// <param name="Alias">The alias that named the version. Null: it was named by its number, and no alias's policy was asked; or an event of before it was said.</param>
/// <param name="Move">The number, in the model's stream, of the move by which that alias had come to the version.</param>
/// <param name="Reason">Why, as whoever deployed it says; null where nothing was said.</param>
public sealed record DeploymentActivated(string Deployment, string Model, int Version, Digest Digest, Digest? Previous, string ActivatedBy, string? Alias = null, int? Move = null, string? Reason = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [ModelEvents.Version(Model, Version), Reference.Model(Digest), Reference.To(ReferenceKind.Person, ActivatedBy)];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Deployment, Deployment)];
}
