using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Hosting;

/// <summary>What Generator, Judge and Registry have recorded, as the services after them read it.</summary>
public static class RecordedFacts
{
    private const int StreamsAtOnce = 200;

    /// <summary>The shards of a generation, in their order.</summary>
    public static async Task<IReadOnlyList<ShardCompleted>> ShardsAsync(this LedgerStore ledger, GenerationId generation, CancellationToken ct)
    {
        var shards = new SortedDictionary<int, ShardCompleted>();
        await foreach (var stored in ledger.ReadStreamAsync(generation.Stream(), ct: ct))
            if (stored.Data is ShardCompleted shard)
                shards[shard.Shard] = shard;
        return [.. shards.Values];
    }

    /// <summary>Trajectories in no order, a part of them at a time.</summary>
    public static async IAsyncEnumerable<TrajectoryRecorded> TrajectoriesAsync(this LedgerStore ledger, IEnumerable<TrajectoryId> ids, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        foreach (var some in ids.Select(id => id.Stream()).Chunk(StreamsAtOnce))
            await foreach (var stored in ledger.ReadStreamsAsync(some, ct))
                if (stored.Data is TrajectoryRecorded trajectory)
                    yield return trajectory;
    }

    /// <summary>All verdicts of a judgement, in no order.</summary>
    public static async IAsyncEnumerable<TrajectoryJudged> VerdictsAsync(this LedgerStore ledger, JudgementId judgement, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        var shards = new List<string>();
        await foreach (var stored in ledger.ReadStreamAsync(judgement.Stream(), ct: ct))
            if (stored.Data is JudgementShardCompleted shard)
                shards.Add(judgement.VerdictStream(shard.Shard));
        await foreach (var stored in ledger.ReadStreamsAsync(shards, ct))
            if (stored.Data is TrajectoryJudged judged)
                yield return judged;
    }

    /// <exception cref="FormatException">There is no such withdrawal.</exception>
    public static async Task<List<Withdrawn>> WithdrawalsAsync(this LedgerStore ledger, IReadOnlyList<WithdrawalId> ids, CancellationToken ct)
    {
        var found = new List<Withdrawn>();
        foreach (var id in ids)
            found.Add(await ledger.ReadStreamAsync(id.Stream(), ct: ct).Select(stored => stored.Data).OfType<Withdrawn>().FirstOrDefaultAsync(ct)
                ?? throw new FormatException($"There is no withdrawal {id}."));
        return found;
    }
}
