using System.Collections.Immutable;
using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Pipeline;

public enum RunStatus { Running, Cancelling, Succeeded, Failed, Cancelled }

/// <summary>The attempt whose answer the run waits for.</summary>
public sealed record AwaitedStep(StepKey Key, StepWork Work, DateTimeOffset Deadline);

/// <summary>A run as its events tell it, and what it decides next. Pure: the same events and message always give the same decision.</summary>
/// <param name="Outputs">What the finished steps left, by path.</param>
/// <param name="Awaited">Null between steps and once the run is over.</param>
/// <param name="Grace">Until when a cancelled run waits for its step.</param>
/// <param name="Reproduces">Set where another run's steps are done again and compared.</param>
public sealed record PipelineRun(
    RunId Id,
    PipelinePlan Plan,
    RunStatus Status,
    ImmutableDictionary<string, StepOutput> Outputs,
    AwaitedStep? Awaited = null,
    DateTimeOffset? Grace = null,
    Reproduction? Reproduces = null)
{
    public static readonly TimeSpan GracePeriod = TimeSpan.FromSeconds(20);

    /// <summary>The attempt under which a taken-over step stands: it was never requested of anyone in this run.</summary>
    public const int TakenOver = 0;

    public bool IsOver => Status is RunStatus.Succeeded or RunStatus.Failed or RunStatus.Cancelled;

    public static IReadOnlyList<IEvent> Decide(PipelineRun? run, RunMessage message) => (run, message) switch
    {
        (null, SubmitRun m) => Submit(m),
        (null, _) => throw new UnknownRunException($"There is no run that {message.GetType().Name} could be said to."),
        ({ IsOver: true }, _) or (_, SubmitRun) => [],
        ({ Awaited: null } r, CancelRun m) => [Cancelling(r, m), new RunCancelled(r.Id, Asked(m))],
        ({ Status: RunStatus.Running } r, CancelRun m) => [Cancelling(r, m)],
        (_, CancelRun) => [],
        ({ Status: RunStatus.Cancelling } r, GracePassed m) when m.Now >= r.Grace => [new RunCancelled(r.Id, "the grace period passed before the step answered")],
        (_, GracePassed) => [],
        ({ } r, DeadlinePassed m) when r.Awaits(m.Step) && m.Now < r.Awaited!.Deadline => [],
        ({ Status: RunStatus.Cancelling } r, StepSucceeded m) when r.Awaits(m.Step) => [new StepCompleted(m.Step, m.Output), new RunCancelled(r.Id, "the step under way ended")],
        ({ Status: RunStatus.Cancelling } r, StepFaulted or StepCancelled or DeadlinePassed) when r.Awaits(StepOf(message)) => [new RunCancelled(r.Id, "the step under way ended")],
        ({ } r, StepSucceeded m) when r.Awaits(m.Step) => Complete(r, m),
        ({ } r, StepFaulted m) when r.Awaits(m.Step) => RetryOrFail(r, m.Reason, m.Retryable, m.Now),
        ({ } r, StepCancelled m) when r.Awaits(m.Step) => RetryOrFail(r, "the step was cancelled, though the run was not", true, m.Now),
        ({ } r, DeadlinePassed m) when r.Awaits(m.Step) => RetryOrFail(r, $"no answer before the deadline of {r.Awaited!.Deadline:u}", true, m.Now),
        (_, StepSucceeded or StepFaulted or StepCancelled or DeadlinePassed) => [],
        _ => throw new InvalidOperationException($"A run does not understand {message.GetType().Name}."),
    };

    /// <exception cref="InvalidOperationException">The event is not one of a run's, or stands before its submission.</exception>
    public static PipelineRun Evolve(PipelineRun? run, IEvent fact) => (run, fact) switch
    {
        (null, RunSubmitted e) => Submitted(e),
        ({ } r, StepRequested e) => r with { Awaited = new AwaitedStep(e.Step, e.Work, e.Deadline) },
        ({ } r, StepCompleted e) => r with { Awaited = null, Outputs = r.Outputs.SetItem(e.Step.Path, e.Output) },
        ({ } r, StepFailed) => r with { Awaited = null },
        ({ } r, RunCancelling e) => r with { Status = RunStatus.Cancelling, Grace = e.Grace },
        ({ } r, RunSucceeded) => r with { Status = RunStatus.Succeeded, Awaited = null },
        ({ } r, RunFailed) => r with { Status = RunStatus.Failed, Awaited = null },
        ({ } r, RunCancelled) => r with { Status = RunStatus.Cancelled, Awaited = null },
        _ => throw new InvalidOperationException($"{fact.GetType().Name} cannot stand here in a run's stream."),
    };

    private bool Awaits(StepKey step) => Awaited?.Key == step;

    private static StepKey StepOf(RunMessage message) => message switch
    {
        StepFaulted m => m.Step,
        StepCancelled m => m.Step,
        DeadlinePassed m => m.Step,
        _ => throw new InvalidOperationException($"{message.GetType().Name} speaks of no step."),
    };

    private static PipelineRun Submitted(RunSubmitted e)
    {
        var outputs = ImmutableDictionary<string, StepOutput>.Empty;
        return new PipelineRun(e.Run, PipelinePlan.Of(e), RunStatus.Running,
            e.BaseModel is { } model ? outputs.Add(PipelinePlan.BasePath, new ModelOutput(model)) : outputs, Reproduces: e.Reproduces);
    }

    /// <summary>Takes over what the retried run has finished of the same work, then requests the first step that is left.</summary>
    private static List<IEvent> Submit(SubmitRun m)
    {
        if (m.Specification.Base.Model is { } named && m.BaseModel is null)
            throw new InvalidOperationException($"The base model {named} was not resolved to a digest.");
        List<IEvent> facts = [new RunSubmitted(m.Run, m.Specification, m.By, m.RetryOf, m.BaseModel, m.Reproduces, m.BaseVersion)];
        var run = Evolve(null, facts[0]);
        while (run.NextStep() is { } step && m.Finished?.GetValueOrDefault(step.Path) is { } finished && Same(finished.Work, step.Work(run.OutputsSoFar)))
        {
            facts.Add(run.TakeOver(step, finished.Output));
            run = Evolve(run, facts[^1]);
        }

        return [.. facts, .. Continue(run, m.Now)];
    }

    private static IReadOnlyList<IEvent> Complete(PipelineRun run, StepSucceeded m)
    {
        var completed = new StepCompleted(m.Step, m.Output);
        return run.Deviation(m) is { } deviation
            ? [completed, new RunFailed(run.Id, m.Step.Path, deviation)]
            : [completed, .. Continue(Evolve(run, completed), m.Now)];
    }

    /// <summary>How a step that was done again differs from the first time; null where it does not, or where it is not known what the step came to.</summary>
    private string? Deviation(StepSucceeded m) =>
        Reproduced(m.Step.Path) is { Output.CameTo: { } before } && m.Output.CameTo is { } now && now != before
            ? $"it came to {now}, but to {before} in run {Reproduces!.Run}"
            : null;

    private ReproducedStep? Reproduced(string path) => Reproduces?.Steps.FirstOrDefault(step => step.Path == path);

    private static IReadOnlyList<IEvent> RetryOrFail(PipelineRun run, string reason, bool retryable, DateTimeOffset now)
    {
        var (key, step) = (run.Awaited!.Key, run.NextStep()!);
        return retryable && key.Attempt < step.Attempts
            ? [new StepFailed(key, reason), Request(run, step, key.Attempt + 1, now)]
            : [new StepFailed(key, reason), new RunFailed(run.Id, key.Path, reason)];
    }

    /// <summary>What a reproduction takes over next, and then what follows.</summary>
    private static List<IEvent> Continue(PipelineRun run, DateTimeOffset now)
    {
        List<IEvent> facts = [];
        while (run.NextStep() is { } step && run.Reproduced(step.Path) is { Again: false } before)
        {
            facts.Add(run.TakeOver(step, before.Output));
            run = Evolve(run, facts[^1]);
        }

        return [.. facts, Next(run, now)];
    }

    private StepCompleted TakeOver(PlannedStep step, StepOutput output) => new(new StepKey(Id, step.Path, TakenOver), output);

    /// <summary>The one place that says what follows: the first step of the plan without an output, or the end.</summary>
    private static IEvent Next(PipelineRun run, DateTimeOffset now) =>
        run.NextStep() is { } step ? Request(run, step, 1, now) : new RunSucceeded(run.Id);

    private static StepRequested Request(PipelineRun run, PlannedStep step, int attempt, DateTimeOffset now) =>
        new(new StepKey(run.Id, step.Path, attempt), step.Name, step.Work(run.OutputsSoFar), now + step.Deadline);

    private static RunCancelling Cancelling(PipelineRun run, CancelRun m) => new(run.Id, m.By, m.Now + GracePeriod);

    private static string Asked(CancelRun m) => $"{m.By} asked for it between two steps";

    private PlannedStep? NextStep() => Plan.Steps.FirstOrDefault(s => !Outputs.ContainsKey(s.Path));

    private StepOutputs OutputsSoFar => new(Id, path => Outputs.GetValueOrDefault(path));

    private static bool Same(StepWork a, StepWork b) =>
        JsonSerializer.SerializeToUtf8Bytes(a, EventRegistry.Json).AsSpan().SequenceEqual(JsonSerializer.SerializeToUtf8Bytes(b, EventRegistry.Json));
}

/// <summary>A message for a run that was never submitted.</summary>
public sealed class UnknownRunException(string message) : Exception(message);
