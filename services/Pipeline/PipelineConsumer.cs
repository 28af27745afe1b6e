using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;

namespace AgentOps.Pipeline;

/// <summary>Tells a run what the services answered to its steps.</summary>
public sealed class PipelineConsumer(LedgerStore ledger, TimeProvider time) : IEventConsumer
{
    public async Task HandleAsync(StoredEvent stored, CancellationToken ct)
    {
        if (MessageOf(stored.Data, time.GetUtcNow()) is var (step, message))
            await ledger.HandleAsync<PipelineRun>(step.Run.Stream(), PipelineRun.Evolve, run => PipelineRun.Decide(run, message), stored.Causes(Topology.Pipeline), ct);
    }

    /// <summary>The message that an event is for a run; null where it is none, as for the episodes of an evaluation or a training, which answer that.</summary>
    public static (StepKey Step, RunMessage Message)? MessageOf(IEvent answer, DateTimeOffset now)
    {
        return answer switch
        {
            TrainingCompleted e => Success(e.Step, new ModelOutput(e.Model)),
            GenerationCompleted { Evaluation: null, Training: null } e => Success(e.Step, new GenerationOutput(e.Generation, e.Content)),
            JudgementCompleted e => Success(e.Step, new JudgementOutput(e.Judgement, e.Content)),
            ComparisonCompleted e => Success(e.Step, new JudgementOutput(e.Judgement, e.Content)),
            DatasetBuilt e => Success(e.Step, new DatasetOutput(e.Dataset, e.Data, e.Content)),
            EvaluationCompleted e => Success(e.Step, new EvaluationOutput(e.Evaluation, e.Kept?.Policy.Model)),
            PromotionDecided e => Success(e.Step, new PromotionOutput(e.Model, e.Version)),
            GenerationFailed { Evaluation: null, Training: null } e => Fault(e.Step, e.Reason),
            JudgementFailed e => Fault(e.Step, e.Reason),
            EvaluationFailed e => Fault(e.Step, e.Reason),
            PromotionFailed e => Fault(e.Step, e.Reason),
            // Samples that were counted and did not suffice would be counted the same again.
            DatasetFailed e => Fault(e.Step, e.Reason, retryable: e.Balance is null),
            TrainingFailed e => Fault(e.Step, e.Reason, retryable: e.Retryable ?? e.Balance is null),
            GenerationCancelled { Evaluation: null, Training: null } e => (e.Step, new StepCancelled(e.Step, now)),
            TrainingCancelled e => (e.Step, new StepCancelled(e.Step, now)),
            GenerationCompleted or GenerationFailed or GenerationCancelled => null,
            _ => throw new InvalidOperationException($"{answer.GetType().Name} answers no step; the queue '{Topology.Pipeline.Name}' should not wait for it."),
        };

        (StepKey, RunMessage) Success(StepKey step, StepOutput output) => (step, new StepSucceeded(step, output, now));

        (StepKey, RunMessage) Fault(StepKey step, string reason, bool retryable = true) => (step, new StepFaulted(step, reason, retryable, now));
    }
}
