using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Subjects;

namespace AgentOps.Judge;

/// <summary>Judges one shard: all its verdicts and its completion stand in one append, as soon as the people have said what they are asked about it.</summary>
public sealed class ShardConsumer(LedgerStore ledger, SubjectKeys subjects, Questions questions, Comparisons comparisons) : IEventConsumer
{
    public Task HandleAsync(StoredEvent stored, CancellationToken ct) => stored.Data switch
    {
        JudgementShardRequested request => JudgeAsync(stored, request, ct),
        ReviewClosed { Shard: { } shard } closed => JudgeAsync(stored, closed.Judgement, shard, ct),
        ReviewClosed closed => comparisons.CompleteAsync(stored, closed.Judgement, ct),
        _ => Task.CompletedTask,
    };

    private async Task JudgeAsync(StoredEvent stored, JudgementId id, int shard, CancellationToken ct) =>
        await JudgeAsync(stored, await ledger.ReadStreamAsync(id.Stream(), ct: ct).Select(e => e.Data).OfType<JudgementShardRequested>().FirstAsync(request => request.Shard == shard, ct), ct);

    private async Task JudgeAsync(StoredEvent stored, JudgementShardRequested request, CancellationToken ct)
    {
        var (id, shard) = (request.Judgement, request.Shard);
        var judgement = (await ledger.FoldAsync<Judgement>(id.Stream(), Judgement.Evolve, ct)).State;
        if (judgement is null or { Answered: true } || judgement.Done.ContainsKey(shard))
            return;
        var asked = judgement.Asked.GetValueOrDefault(shard);
        var reviews = await questions.ReadAsync(asked?.Reviews ?? [], ct);
        if (reviews.Values.Where(review => review.End is null).Select(review => review.Asked).ToList() is { Count: > 0 } waiting)
        {
            await questions.CloseErasedAsync(stored.Causes(Topology.JudgeShards), waiting, ct);
            return;
        }
        try
        {
            var trajectories = await TrajectoriesAsync(request, ct);
            var open = new List<ReviewRequested>();
            var verdicts = new List<TrajectoryJudged>();
            var earlier = request.Reviewed is null ? null : await questions.EarlierAsync(judgement.Step.Run, judgement.Step.Path, ct);
            foreach (var recorded in trajectories)
            {
                if (asked is not null && recorded.Subject is { } subject && subjects.IsErased(subject))
                {
                    verdicts.Add(Majority.Unasked(id, recorded.Trajectory, $"The data of subject '{subject}' was erased before people had judged the shard that it is in."));
                    continue;
                }
                var machines = Machines(judgement, recorded);
                if (machines.Verdict == Verdict.Unusable || request.Reviewed?.Contains(recorded.Trajectory) != true)
                    verdicts.Add(Recorded(recorded, machines));
                else if (Question(judgement, request, recorded) is var question && (reviews.GetValueOrDefault(question.Review) ?? earlier!.To(question)) is { } review)
                    verdicts.Add(Recorded(recorded, Majority.Decide(machines, questions.Verdicts(review))));
                else
                    open.Add(question);
            }
            await (open.Count > 0 ? AskAsync(stored, request, open, ct) : RecordAsync(stored, request, verdicts, ct));
        }
        catch (Exception wrong) when (wrong is ArgumentException or UnknownEnvironmentException or FormatException or SubjectUnreadableException)
        {
            await ledger.HandleAsync<Judgement>(id.Stream(), Judgement.Evolve, state => Judgement.Fail(state, wrong.Message), stored.Causes(Topology.JudgeShards), ct);
        }
    }

    private TrajectoryJudged Machines(Judgement judgement, TrajectoryRecorded recorded)
    {
        var trajectory = subjects.Decrypt(recorded);
        return judgement.Work.With is [JudgeStep.People] && trajectory.Outcome == EpisodeOutcome.Failed
            ? Majority.Unasked(judgement.Id, trajectory.Trajectory, $"The episode failed: {trajectory.Reason}")
            : Judges.Judge(judgement.Id, trajectory, judgement.Work.With);
    }

    private TrajectoryJudged Recorded(TrajectoryRecorded recorded, TrajectoryJudged judged) =>
        recorded.Subject is { } subject ? subjects.ToWrite(subject).Encrypt(subject, judged) : judged;

    private static ReviewRequested Question(Judgement judgement, JudgementShardRequested request, TrajectoryRecorded recorded) => Questions.Of(judgement.Id, judgement.Step.Run, request.Shard, judgement.Work.Reviewers!.Value,
        (new(recorded.Trajectory, judgement.Work.Generations.Index().First(g => g.Item == request.Generation).Index, recorded.Task, recorded.Sample), recorded));

    // The ids follow from the shard, so a second delivery finds the first one's questions and asks nobody twice.
    private async Task AskAsync(StoredEvent cause, JudgementShardRequested request, List<ReviewRequested> open, CancellationToken ct)
    {
        await ledger.AppendAsync(
        [
            .. Questions.Writes(open),
            new(request.Judgement.Stream(), Expected.Any,
                [new(NameBasedGuid.Of("reviews-requested", request.Judgement.ToString(), request.Shard.ToString()), new ReviewsRequested(request.Judgement, request.Shard, [.. open.Select(question => question.Review)]))]),
        ], cause.Causes(Topology.JudgeShards), ct);
        await questions.CloseErasedAsync(cause.Causes(Topology.JudgeShards), open, ct);
    }

    // The same of a shard's verdicts: the second one adds nothing.
    private Task RecordAsync(StoredEvent cause, JudgementShardRequested request, List<TrajectoryJudged> verdicts, CancellationToken ct) => ledger.AppendAsync(
    [
        new(request.Judgement.VerdictStream(request.Shard), Expected.Any,
            [.. verdicts.Select(v => new NewEvent(NameBasedGuid.Of("judged", request.Judgement.ToString(), v.Trajectory.ToString()), v))]),
        new(request.Judgement.Stream(), Expected.Any,
            [new(NameBasedGuid.Of("judged-shard", request.Judgement.ToString(), request.Shard.ToString()), Count(request, verdicts))]),
    ], cause.Causes(Topology.JudgeShards), ct);

    private async Task<List<TrajectoryRecorded>> TrajectoriesAsync(JudgementShardRequested request, CancellationToken ct)
    {
        var shard = (await ledger.ShardsAsync(request.Generation, ct)).FirstOrDefault(shard => shard.Shard == request.GenerationShard);
        var trajectories = await ledger.TrajectoriesAsync(shard?.Trajectories.Select(t => t.Trajectory) ?? [], ct).ToListAsync(ct);
        return shard is null || trajectories.Count == shard.Trajectories.Count
            ? trajectories
            : throw new InvalidOperationException($"Shard {request.GenerationShard} of generation {request.Generation} lists {shard.Trajectories.Count} trajectories, but the ledger holds {trajectories.Count} of them.");
    }

    private static JudgementShardCompleted Count(JudgementShardRequested request, List<TrajectoryJudged> verdicts) => new(request.Judgement, request.Shard,
        verdicts.Count(v => v.Verdict == Verdict.Accepted), verdicts.Count(v => v.Verdict == Verdict.Rejected), verdicts.Count(v => v.Verdict == Verdict.Unusable),
        Digest.OfLines(verdicts.Select(v => new { v.Verdict, v.Opinions })), ReviewTally.Sum(verdicts.Select(Majority.Tally)),
        [.. verdicts.SelectMany(v => v.Opinions).Select(opinion => opinion.Judge).Distinct().Order(StringComparer.Ordinal)]);
}
