using AgentOps.Contracts;

namespace AgentOps.Pipeline;

/// <summary>What may be said to a run, by a person, by the services that do its steps, or by the clock.</summary>
public abstract record RunMessage;

/// <param name="BaseModel">The digest of the registered base model, where the specification names one.</param>
/// <param name="Finished">The finished steps of the run that this one retries, by path.</param>
/// <param name="Reproduces">The making of a model that this run does again.</param>
/// <param name="BaseVersion">The registered version that the base model is.</param>
public sealed record SubmitRun(
    RunId Run,
    PipelineSpecification Specification,
    string By,
    DateTimeOffset Now,
    Digest? BaseModel = null,
    RunId? RetryOf = null,
    IReadOnlyDictionary<string, FinishedStep>? Finished = null,
    Reproduction? Reproduces = null,
    string? BaseVersion = null) : RunMessage;

/// <summary>What a step was asked and what it left.</summary>
public sealed record FinishedStep(StepWork Work, StepOutput Output);

public sealed record StepSucceeded(StepKey Step, StepOutput Output, DateTimeOffset Now) : RunMessage;

/// <param name="Retryable">Whether another attempt at the same work may end differently.</param>
public sealed record StepFaulted(StepKey Step, string Reason, bool Retryable, DateTimeOffset Now) : RunMessage;

/// <summary>The service ended the attempt on request.</summary>
public sealed record StepCancelled(StepKey Step, DateTimeOffset Now) : RunMessage;

public sealed record DeadlinePassed(StepKey Step, DateTimeOffset Now) : RunMessage;

public sealed record GracePassed(DateTimeOffset Now) : RunMessage;

public sealed record CancelRun(string By, DateTimeOffset Now) : RunMessage;
