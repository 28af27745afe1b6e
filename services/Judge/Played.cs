using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Judge;

/// <summary>What Generator recorded.</summary>
internal static class Played
{
    private const int StreamsAtOnce = 200;

    /// <summary>The shards of a generation, in their order.</summary>
    public static async Task<IReadOnlyList<ShardCompleted>> ShardsAsync(this LedgerStore ledger, GenerationId generation, CancellationToken ct)
    {
        var shards = new SortedDictionary<int, ShardCompleted>();
        await foreach (var @event in ledger.ReadStreamAsync(generation.Stream(), ct: ct))
            if (@event.Data is ShardCompleted shard)
                shards[shard.Shard] = shard;
        return [.. shards.Values];
    }

    public static async Task<List<TrajectoryRecorded>> TrajectoriesAsync(this LedgerStore ledger, IEnumerable<TrajectoryId> ids, CancellationToken ct)
    {
        var trajectories = new List<TrajectoryRecorded>();
        foreach (var some in ids.Select(id => id.Stream()).Chunk(StreamsAtOnce))
            await foreach (var @event in ledger.ReadStreamsAsync(some, ct))
                if (@event.Data is TrajectoryRecorded trajectory)
                    trajectories.Add(trajectory);
        return trajectories;
    }
}
