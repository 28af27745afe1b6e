using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;

namespace AgentOps.Judge;

/// <summary>Splits a judge step into the shards of its generations and closes it when the last one is judged.</summary>
public sealed class JudgementConsumer(LedgerStore ledger) : IEventConsumer
{
    public async Task HandleAsync(StoredEvent stored, CancellationToken ct)
    {
        switch (stored.Data)
        {
            case StepRequested { Work: JudgeWork work } requested:
                var shards = await ShardsAsync(work, ct);
                await Handle(stored, JudgementId.Of(requested.Step.Run, requested.Step.Path), state => Judgement.Start(state, requested.Step, work, shards), ct);
                break;
            case JudgementShardCompleted done:
                await Handle(stored, done.Judgement, Judgement.Finish, ct);
                break;
        }
    }

    private async Task<List<(GenerationId, int)>> ShardsAsync(JudgeWork work, CancellationToken ct)
    {
        var shards = new List<(GenerationId, int)>();
        foreach (var generation in work.Generations)
        {
            var played = new SortedSet<int>();
            await foreach (var @event in ledger.ReadStreamAsync(generation.Stream(), ct: ct))
                if (@event.Data is ShardCompleted shard)
                    played.Add(shard.Shard);
            shards.AddRange(played.Select(shard => (generation, shard)));
        }
        return shards;
    }

    private Task Handle(StoredEvent cause, JudgementId id, Func<Judgement?, IReadOnlyList<IEvent>> decide, CancellationToken ct) =>
        ledger.HandleAsync(id.Stream(), Judgement.Evolve, decide, cause.Causes(Topology.Judge), ct);
}
