using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;

namespace AgentOps.Evaluator;

/// <summary>Asks for an evaluation's episodes, and reports once every policy has played them.</summary>
public sealed class EvaluationConsumer(LedgerStore ledger) : IEventConsumer
{
    public Task HandleAsync(StoredEvent stored, CancellationToken ct) => stored.Data switch
    {
        StepRequested { Work: EvaluateWork work } requested => Handle(stored, EvaluationId.Of(requested.Step.Run, requested.Step.Path),
            state => Evaluation.Start(state, requested.Step, work), ct),
        GenerationCompleted { Evaluation: { } evaluation } completed => ReportAsync(stored, evaluation, completed.Step, ct),
        GenerationFailed { Evaluation: { } evaluation } failed => Handle(stored, evaluation,
            state => Evaluation.Fail(state, failed.Step, failed.Reason), ct),
        GenerationCancelled { Evaluation: { } evaluation } cancelled => Handle(stored, evaluation,
            state => Evaluation.Fail(state, cancelled.Step, "Its episodes were cancelled with the run."), ct),
        _ => Task.CompletedTask,
    };

    private async Task ReportAsync(StoredEvent stored, EvaluationId id, StepKey step, CancellationToken ct)
    {
        var evaluation = (await ledger.FoldAsync<Evaluation>(id.Stream(), Evaluation.Evolve, ct)).State;
        if (evaluation is null or { Answered: true })
            return;
        var played = new List<PlayedPolicy>();
        foreach (var policy in evaluation.Work.Policies)
        {
            var generation = evaluation.GenerationOf(policy);
            var episodes = new List<TrajectorySummary>();
            var complete = false;
            await foreach (var @event in ledger.ReadStreamAsync(generation.Stream(), ct: ct))
            {
                if (@event.Data is ShardCompleted shard)
                    episodes.AddRange(shard.Trajectories);
                complete |= @event.Data is GenerationCompleted;
            }
            if (!complete)
                return;
            played.Add(new(policy, generation, episodes));
        }
        var report = Reporting.Of(played);
        await Handle(stored, id, state => Evaluation.Report(state, step, report), ct);
    }

    private Task Handle(StoredEvent cause, EvaluationId id, Func<Evaluation?, IReadOnlyList<IEvent>> decide, CancellationToken ct) =>
        ledger.HandleAsync(id.Stream(), Evaluation.Evolve, decide, cause.Causes(Topology.Evaluator), ct);
}
