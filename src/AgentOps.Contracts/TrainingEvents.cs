namespace AgentOps.Contracts;

/// <summary>Trainer's facts: who held the work, how it went, each checkpoint, the model at its end.</summary>
public static class TrainingEvents
{
    public static readonly IReadOnlyList<EventType> All =
    [
        EventType.Of<TrainingQueued>("training.queued.v1"),
        EventType.Of<TrainingLeased>("training.leased.v1"),
        EventType.Of<IterationRequested>("training.iteration-requested.v1"),
        EventType.Of<TrainingProgressed>("training.progressed.v1"),
        EventType.Of<CheckpointSaved>("training.checkpoint-saved.v1"),
        EventType.Of<TrainingCompleted>("training.completed.v1"),
        EventType.Of<TrainingFailed>("training.failed.v1"),
        EventType.Of<TrainingCancelled>("training.cancelled.v1"),
    ];
}

/// <param name="Work">A <see cref="ScratchWork"/>, an <see cref="ImportWork"/> or a <see cref="TrainWork"/>.</param>
public sealed record TrainingQueued(TrainingId Training, StepKey Step, StepWork Work, DateTimeOffset Deadline) : IEvent
{
    public IReadOnlyList<Reference> Inputs =>
    [
        Reference.To(ReferenceKind.Run, Step.Run),
        .. Work switch
        {
            TrainWork train => [Reference.Model(train.From), Reference.To(ReferenceKind.Dataset, train.Dataset), Reference.Artifact(train.Data)],
            OnlineTrainWork online => online.Models,
            ImportWork import => [.. import.Sources],
            _ => Array.Empty<Reference>(),
        },
    ];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Training, Training)];
}

/// <summary>A worker took the training; this event's version is its fencing token.</summary>
public sealed record TrainingLeased(TrainingId Training, string Holder) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>Asks Generator to play an iteration's episodes with the model as it is now.</summary>
/// <param name="Policy">That model, which is in the artifact store.</param>
/// <param name="Before">The generations of the iterations before, from which it has learned.</param>
/// <param name="RewardModel">What scored those; null where nothing did, or where there are none.</param>
public sealed record IterationRequested(TrainingId Training, StepKey Step, int Iteration, Digest Policy, GenerationId Generation, GenerateWork Work, IReadOnlyList<GenerationId> Before, Digest From, Digest? RewardModel = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs =>
    [
        Reference.To(ReferenceKind.Training, Training),
        Reference.Model(From),
        .. RewardModel is { } scored ? [Reference.Model(scored)] : Array.Empty<Reference>(),
        .. Before.Select(generation => Reference.To(ReferenceKind.Generation, generation)),
    ];

    // The first iteration plays with the model that the training starts from, or with one that has learned nothing.
    public IReadOnlyList<Reference> Outputs => Policy == From ? [] : [Reference.Model(Policy)];
}

/// <summary>Metrics since the last such event, at most one a second.</summary>
/// <param name="Metrics">Loss, learning rate, gradient norm, tokens per second and the algorithm's own, averaged over the steps since.</param>
public sealed record TrainingProgressed(TrainingId Training, int OptimizerStep, int OptimizerSteps, long Tokens, IReadOnlyDictionary<string, double> Metrics) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <param name="State">Weights, moments, generator state and place in the data: all that a resume needs.</param>
public sealed record CheckpointSaved(TrainingId Training, int OptimizerStep, Digest State) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Training, Training)];

    public IReadOnlyList<Reference> Outputs => [Reference.Artifact(State)];
}

/// <summary>What the bytes of a training depend on besides its inputs and seed.</summary>
public sealed record MachineClass(string Device, string CpuCapability, int Threads, string Libtorch, string Runtime, string ShimHash);

/// <param name="Model">The digest of the model's folder.</param>
/// <param name="Code">The producing code's version.</param>
/// <param name="OptimizerSteps">0 for an imported base, which is taken as it is.</param>
/// <param name="Balance">Null for a base, which trains on no data set. Of an online training it counts episodes.</param>
/// <param name="Played">The generations of an online training's iterations; null for others.</param>
/// <param name="Files">Those of the model's folder. Null in events of before they were named, and where an event has no room for so many: see <see cref="ModelFiles"/>.</param>
public sealed record TrainingCompleted(
    TrainingId Training,
    StepKey Step,
    StepWork Work,
    Digest Model,
    int OptimizerSteps,
    long Tokens,
    IReadOnlyDictionary<string, double> Metrics,
    MachineClass Machine,
    string Code,
    BalanceSheet? Balance,
    IReadOnlyList<GenerationId>? Played = null,
    IReadOnlyList<ModelFile>? Files = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs =>
    [
        Reference.To(ReferenceKind.Training, Training),
        Reference.To(ReferenceKind.Code, Code),
        .. Work switch
        {
            TrainWork train => [Reference.Model(train.From), Reference.To(ReferenceKind.Dataset, train.Dataset), Reference.Artifact(train.Data)],
            ImportWork import => [.. import.Sources],
            ScratchWork scratch => [.. scratch.Environments.Select(environment => Reference.To(ReferenceKind.Environment, environment))],
            OnlineTrainWork online => online.Models,
            _ => Array.Empty<Reference>(),
        },
        .. (Played ?? []).Select(generation => Reference.To(ReferenceKind.Generation, generation)),
    ];

    public IReadOnlyList<Reference> Outputs => [Reference.Model(Model)];
}

/// <param name="Balance">What became of the samples, where the training got that far.</param>
/// <param name="Retryable">Whether another attempt at the same work may end differently. Null in events of before it was said: then a training that had counted its samples was not tried again.</param>
public sealed record TrainingFailed(TrainingId Training, StepKey Step, string Reason, BalanceSheet? Balance, bool? Retryable = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>Ended on request after its last checkpoint.</summary>
public sealed record TrainingCancelled(TrainingId Training, StepKey Step, int OptimizerStep) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}
