using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;

namespace AgentOps.Judge;

/// <summary>Splits a judge step into the shards of its generations and closes it when the last one is judged; asks people for comparisons, and asks nobody any more about whom was erased.</summary>
public sealed class JudgementConsumer(LedgerStore ledger, Comparisons comparisons, OpenReviews reviews) : IEventConsumer
{
    public async Task HandleAsync(StoredEvent stored, CancellationToken ct)
    {
        switch (stored.Data)
        {
            case StepRequested { Work: JudgeWork work } requested:
                var shards = await ShardsAsync(work, ct);
                await Handle(stored, JudgementId.Of(requested.Step.Run, requested.Step.Path), state => Judgement.Start(state, requested.Step, work, shards), ct);
                break;
            case StepRequested { Work: CompareWork work } requested:
                await comparisons.StartAsync(stored, requested.Step, work, ct);
                break;
            case ErasureCompleted erased:
                foreach (var review in await reviews.OfAsync(erased.Subject, stored.Position, ct))
                    await ledger.HandleAsync<Review>(review.Stream(), Review.Evolve, Review.Erase, stored.Causes(Topology.Judge), ct);
                break;
            case JudgementShardCompleted done:
                await Handle(stored, done.Judgement, Judgement.Finish, ct);
                break;
        }
    }

    private async Task<List<ShardCompleted>> ShardsAsync(JudgeWork work, CancellationToken ct)
    {
        var shards = new List<ShardCompleted>();
        foreach (var generation in work.Generations)
            shards.AddRange(await ledger.ShardsAsync(generation, ct));
        return shards;
    }

    private Task Handle(StoredEvent cause, JudgementId id, Func<Judgement?, IReadOnlyList<IEvent>> decide, CancellationToken ct) =>
        ledger.HandleAsync(id.Stream(), Judgement.Evolve, decide, cause.Causes(Topology.Judge), ct);
}
