namespace AgentOps.Contracts;

/// <summary>Pipeline's facts: what was asked for, which step was requested, how it ended.</summary>
public static class RunEvents
{
    public static readonly IReadOnlyList<EventType> All =
    [
        EventType.Of<RunSubmitted>("run.submitted.v1"),
        EventType.Of<StepRequested>("step.requested.v1"),
        EventType.Of<StepCompleted>("step.completed.v1"),
        EventType.Of<StepFailed>("step.failed.v1"),
        EventType.Of<RunSucceeded>("run.succeeded.v1"),
        EventType.Of<RunFailed>("run.failed.v1"),
        EventType.Of<RunCancelling>("run.cancelling.v1"),
        EventType.Of<RunCancelled>("run.cancelled.v1"),
    ];
}

/// <param name="RetryOf">The run whose finished steps this one takes over.</param>
/// <param name="BaseModel">The digest of a registered base model, resolved when the run was submitted; null for a scratch base.</param>
/// <param name="Reproduces">Set where another run's making of a model is done again: then only these steps of the specification are this run's.</param>
/// <param name="BaseVersion">The registered version that the base model was, such as <c>household-agent:3</c>; null in events of before it was said.</param>
public sealed record RunSubmitted(
    RunId Run, PipelineSpecification Specification, string SubmittedBy, RunId? RetryOf = null, Digest? BaseModel = null, Reproduction? Reproduces = null, string? BaseVersion = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs =>
    [
        Reference.To(ReferenceKind.Person, SubmittedBy),
        .. RetryOf is { } retried ? [Reference.To(ReferenceKind.Run, retried)] : Array.Empty<Reference>(),
        .. Reproduces is { } again ? [Reference.To(ReferenceKind.Run, again.Run)] : Array.Empty<Reference>(),
        .. BaseModel is { } model ? [Reference.Model(model)] : Array.Empty<Reference>(),
        .. BaseVersion is { } version ? [new Reference(ReferenceKind.ModelVersion, version)] : Array.Empty<Reference>(),
    ];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Run, Run)];
}

/// <summary>How a model came to be, to be done again: the run fails at the first step that comes to something else.</summary>
/// <param name="Run">The run that made the model.</param>
/// <param name="Steps">Those that the model depends on, itself included, in the order of the plan.</param>
public sealed record Reproduction(RunId Run, Digest Model, IReadOnlyList<ReproducedStep> Steps);

/// <param name="Output">What the step left when it was done first.</param>
/// <param name="Again">Whether it is done again and compared; otherwise its output is taken over.</param>
public sealed record ReproducedStep(string Path, StepOutput Output, bool Again);

/// <summary>Asks the service that does this kind of work for one attempt.</summary>
/// <param name="Name">The step's <c>as</c>, where it has one.</param>
public sealed record StepRequested(StepKey Step, string? Name, StepWork Work, DateTimeOffset Deadline) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Run, Step.Run)];

    public IReadOnlyList<Reference> Outputs => [];
}

public sealed record StepCompleted(StepKey Step, StepOutput Output) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>One attempt ended without a result; a further attempt may follow.</summary>
public sealed record StepFailed(StepKey Step, string Reason) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

public sealed record RunSucceeded(RunId Run) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

public sealed record RunFailed(RunId Run, string Path, string Reason) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>The run was asked to end; the step under way may save its last checkpoint until the grace period is over.</summary>
public sealed record RunCancelling(RunId Run, string RequestedBy, DateTimeOffset Grace) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Person, RequestedBy)];

    public IReadOnlyList<Reference> Outputs => [];
}

public sealed record RunCancelled(RunId Run, string Reason) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}
