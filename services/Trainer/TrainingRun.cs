using AgentOps.Contracts;

namespace AgentOps.Trainer;

/// <summary>One training: queued, leased by one worker at a time, checkpointed, and answered once for each attempt.</summary>
/// <param name="Checkpoint">The last saved state, from which the next holder goes on.</param>
/// <param name="Asked">The last iteration of an online training whose episodes were asked for; those before it were too.</param>
/// <param name="Result">The completed training, which answers every further attempt.</param>
public sealed record TrainingRun(TrainingId Id, StepKey Step, StepWork Work, CheckpointSaved? Checkpoint, TrainingCompleted? Result, bool Answered, IterationRequested? Asked)
{
    public static TrainingRun Evolve(TrainingRun? state, IEvent @event) => @event switch
    {
        TrainingQueued queued => new(queued.Training, queued.Step, queued.Work, state?.Checkpoint, state?.Result, Answered: false, state?.Asked),
        IterationRequested asked => state! with { Asked = asked },
        CheckpointSaved saved => state! with { Checkpoint = saved },
        TrainingCompleted completed => state! with { Result = completed, Answered = state.Answered || completed.Step == state.Step },
        TrainingFailed failed => state! with { Answered = state.Answered || failed.Step == state.Step },
        TrainingCancelled cancelled => state! with { Answered = state.Answered || cancelled.Step == state.Step },
        _ => state!,
    };

    /// <summary>A further attempt of finished work is answered at once; of unfinished work it goes on from the last checkpoint.</summary>
    public static IReadOnlyList<IEvent> Queue(TrainingRun? state, StepKey step, StepWork work, DateTimeOffset deadline)
    {
        if (state is not null && state.Step.Attempt >= step.Attempt)
            return [];
        TrainingQueued queued = new(TrainingId.Of(step.Run, step.Path), step, work, deadline);
        return state?.Result is { } result ? [queued, result with { Step = step }] : [queued];
    }
}
