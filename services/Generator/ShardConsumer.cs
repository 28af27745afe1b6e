using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Subjects;

namespace AgentOps.Generator;

/// <summary>Plays one shard and records it: its trajectories and its completion stand in one append, or none of them does.</summary>
public sealed class ShardConsumer(LedgerStore ledger, ShardPlayer player) : IEventConsumer
{
    public async Task HandleAsync(StoredEvent stored, CancellationToken ct)
    {
        if (stored.Data is not ShardRequested shard)
            return;
        var stream = shard.Generation.Stream();
        var generation = (await ledger.FoldAsync<Generation>(stream, Generation.Evolve, ct)).State;
        if (generation is null or { Answered: true } || generation.Done.ContainsKey(shard.Shard))
            return;
        // Shards of a run that failed or was cancelled may lie here by the thousand, before those of runs that somebody waits for.
        if (await new CancellationWatch(ledger, generation.Step.Run).RequestedAsync(ct))
        {
            await ledger.HandleAsync<Generation>(stream, Generation.Evolve, Generation.Cancel, stored.Causes(Topology.GeneratorShards), ct);
            return;
        }
        IReadOnlyList<TrajectoryRecorded> trajectories;
        try
        {
            trajectories = await player.PlayAsync(generation, shard, ct);
        }
        catch (Exception unusable) when (unusable is PolicyUnusableException or ArtifactStoreFullException or SubjectUnreadableException)
        {
            await ledger.HandleAsync<Generation>(stream, Generation.Evolve, state => Generation.Fail(state, unusable.Message), stored.Causes(Topology.GeneratorShards), ct);
            return;
        }
        await RecordAsync(stored, shard, trajectories, ct);
    }

    private async Task RecordAsync(StoredEvent cause, ShardRequested shard, IReadOnlyList<TrajectoryRecorded> trajectories, CancellationToken ct)
    {
        var completed = new ShardCompleted(shard.Generation, shard.Shard, [.. trajectories.Select(Summary)], Digest.OfLines(trajectories.Select(Played)));
        // The ids follow from the shard, so a second delivery that played it again finds the first one's record and adds nothing.
        StreamWrite[] writes =
        [
            .. trajectories.Select(t => new StreamWrite(t.Trajectory.Stream(), Expected.Any, [new(NameBasedGuid.Of("recorded", t.Trajectory.ToString()), t)])),
            new(shard.Generation.Stream(), Expected.Any, [new(NameBasedGuid.Of("shard-completed", shard.Generation.ToString(), shard.Shard.ToString()), completed)]),
        ];
        await ledger.AppendAsync(writes, cause.Causes(Topology.GeneratorShards), ct);
    }

    /// <summary>A trajectory without its ids, which follow from the run.</summary>
    private static TrajectoryRecorded Played(TrajectoryRecorded t) => t with { Trajectory = default, Generation = default, Run = default };

    private static TrajectorySummary Summary(TrajectoryRecorded t) =>
        new(t.Trajectory, t.Task, t.TaskType, t.Sample, t.Outcome, t.Reward, t.TurnCount, t.InvalidActions);
}
