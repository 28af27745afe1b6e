using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Subjects;

namespace AgentOps.Judge;

/// <summary>Judges one shard: all its verdicts and its completion stand in one append.</summary>
public sealed class ShardConsumer(LedgerStore ledger, SubjectKeys subjects) : IEventConsumer
{
    public async Task HandleAsync(StoredEvent stored, CancellationToken ct)
    {
        if (stored.Data is not JudgementShardRequested request)
            return;
        var judgement = (await ledger.FoldAsync<Judgement>(request.Judgement.Stream(), Judgement.Evolve, ct)).State;
        if (judgement is null or { Answered: true } || judgement.Done.ContainsKey(request.Shard))
            return;
        var verdicts = new List<TrajectoryJudged>();
        try
        {
            foreach (var trajectory in await TrajectoriesAsync(request, ct))
                verdicts.Add(Judged(request.Judgement, trajectory, judgement.Work.With));
        }
        catch (Exception wrong) when (wrong is ArgumentException or UnknownEnvironmentException or FormatException or SubjectUnreadableException)
        {
            await ledger.HandleAsync<Judgement>(request.Judgement.Stream(), Judgement.Evolve, state => Judgement.Fail(state, wrong.Message), stored.Causes(Topology.JudgeShards), ct);
            return;
        }
        await RecordAsync(stored, request, verdicts, ct);
    }

    private TrajectoryJudged Judged(JudgementId judgement, TrajectoryRecorded recorded, IReadOnlyList<string> with)
    {
        var judged = Judges.Judge(judgement, subjects.Decrypt(recorded), with);
        return recorded.Subject is { } subject ? subjects.ToWrite(subject).Encrypt(subject, judged) : judged;
    }

    // The ids follow from the shard, so a second delivery finds the first one's record and adds nothing.
    private Task RecordAsync(StoredEvent cause, JudgementShardRequested request, List<TrajectoryJudged> verdicts, CancellationToken ct) => ledger.AppendAsync(
    [
        new(request.Judgement.VerdictStream(request.Shard), Expected.Any,
            [.. verdicts.Select(v => new NewEvent(NameBasedGuid.Of("judged", request.Judgement.ToString(), v.Trajectory.ToString()), v))]),
        new(request.Judgement.Stream(), Expected.Any,
            [new(NameBasedGuid.Of("judged-shard", request.Judgement.ToString(), request.Shard.ToString()), Count(request, verdicts))]),
    ], cause.Causes(Topology.JudgeShards), ct);

    private async Task<List<TrajectoryRecorded>> TrajectoriesAsync(JudgementShardRequested request, CancellationToken ct)
    {
        var streams = new List<string>();
        await foreach (var @event in ledger.ReadStreamAsync(request.Generation.Stream(), ct: ct))
            if (@event.Data is ShardCompleted shard && shard.Shard == request.GenerationShard)
                streams = [.. shard.Trajectories.Select(t => t.Trajectory.Stream())];
        var trajectories = new List<TrajectoryRecorded>();
        await foreach (var @event in ledger.ReadStreamsAsync(streams, ct))
            if (@event.Data is TrajectoryRecorded trajectory)
                trajectories.Add(trajectory);
        return trajectories.Count == streams.Count
            ? trajectories
            : throw new InvalidOperationException($"Shard {request.GenerationShard} of generation {request.Generation} lists {streams.Count} trajectories, but the ledger holds {trajectories.Count} of them.");
    }

    private static JudgementShardCompleted Count(JudgementShardRequested request, List<TrajectoryJudged> verdicts) => new(request.Judgement, request.Shard,
        verdicts.Count(v => v.Verdict == Verdict.Accepted), verdicts.Count(v => v.Verdict == Verdict.Rejected), verdicts.Count(v => v.Verdict == Verdict.Unusable),
        Digest.OfLines(verdicts.Select(v => new { v.Verdict, v.Opinions })));
}
