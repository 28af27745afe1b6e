using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Hosting;
using AgentOps.Ledger;

namespace AgentOps.Generator;

/// <summary>Plans the episodes of generate steps, evaluations and online trainings, and closes a generation when its last shard is there.</summary>
public sealed class GenerationConsumer(LedgerStore ledger) : IEventConsumer
{
    public Task HandleAsync(StoredEvent stored, CancellationToken ct) => stored.Data switch
    {
        StepRequested { Work: GenerateWork work } requested =>
            StartAsync(stored, GenerationId.Of(requested.Step.Run, requested.Step.Path, work.Policy.ToString()), requested.Step, new(), work, ct),
        EpisodesRequested requested => StartAsync(stored, requested.Generation, requested.Step, new(requested.Evaluation), requested.Work, ct),
        IterationRequested requested => StartAsync(stored, requested.Generation, requested.Step, new(Training: requested.Training), requested.Work, ct),
        ShardCompleted shard => Handle(stored, shard.Generation, Generation.Finish, ct),
        RunCancelling cancelling => CancelAsync(stored, cancelling.Run, ct),
        _ => Task.CompletedTask,
    };

    private async Task StartAsync(StoredEvent cause, GenerationId id, StepKey step, Requester by, GenerateWork work, CancellationToken ct)
    {
        // The cancellation may have been delivered first: then there was nothing to cancel yet.
        var cancelled = await new CancellationWatch(ledger, step.Run).RequestedAsync(ct);
        await Handle(cause, id, state => Generation.Start(state, id, step, by, work) switch
        {
            [GenerationPlanned planned, ..] when cancelled => [planned, new GenerationCancelled(id, step, by.Evaluation, by.Training)],
            [GenerationPlanned planned, ..] when Refusal(work) is { } reason => [planned, new GenerationFailed(id, step, by.Evaluation, reason, by.Training)],
            var events => events,
        }, ct);
    }

    private static string? Refusal(GenerateWork work)
    {
        if (Catalogue.All.All(info => info.Name != work.Environment))
            return $"There is no environment '{work.Environment}'; there are {string.Join(", ", Catalogue.All.Select(info => info.Name))}.";
        if (work.MaxTurns < 1)
            return $"An episode of at most {work.MaxTurns} turns cannot be played: it needs one at least.";
        return Enum.TryParse<Split>(work.Split, ignoreCase: true, out _) ? null : $"There is no split '{work.Split}'; there are train, dev, test and unseen.";
    }

    private async Task CancelAsync(StoredEvent cause, RunId run, CancellationToken ct)
    {
        var planned = new HashSet<GenerationId>();
        await foreach (var @event in ledger.ReadStreamAsync(run.Stream(), ct: ct))
            if (@event.Data is StepRequested { Work: GenerateWork work } requested)
                planned.Add(GenerationId.Of(run, requested.Step.Path, work.Policy.ToString()));
            else if (@event.Data is StepRequested { Work: EvaluateWork evaluate } evaluation)
                planned.UnionWith(evaluate.Policies.Select(policy => GenerationId.Of(run, evaluation.Step.Path, policy.Name)));
            else if (@event.Data is StepRequested { Work: OnlineTrainWork online } training)
                planned.UnionWith(Enumerable.Range(0, online.Iterations).Select(iteration => OnlineTrainWork.GenerationOf(run, training.Step.Path, iteration)));
        foreach (var id in planned)
            await Handle(cause, id, Generation.Cancel, ct);
    }

    private Task Handle(StoredEvent cause, GenerationId id, Func<Generation?, IReadOnlyList<IEvent>> decide, CancellationToken ct) =>
        ledger.HandleAsync(id.Stream(), Generation.Evolve, decide, cause.Causes(Topology.Generator), ct);
}
