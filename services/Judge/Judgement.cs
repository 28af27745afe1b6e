using AgentOps.Contracts;

namespace AgentOps.Judge;

/// <summary>One judge step: the shards of its generations, each judged in one delivery, or when the people have answered what they are asked about it.</summary>
/// <param name="Asked">By shard, the questions that its verdicts wait for.</param>
public sealed record Judgement(
    JudgementId Id, StepKey Step, JudgeWork Work, int Shards, IReadOnlyDictionary<int, JudgementShardCompleted> Done, IReadOnlyDictionary<int, ReviewsRequested> Asked, bool Answered)
{
    public static Judgement Evolve(Judgement? state, IEvent @event) => @event switch
    {
        JudgementPlanned planned => new(planned.Judgement, planned.Step, planned.Work, planned.Shards, state?.Done ?? new Dictionary<int, JudgementShardCompleted>(), state?.Asked ?? new Dictionary<int, ReviewsRequested>(), Answered: false),
        ReviewsRequested asked => state! with { Asked = new Dictionary<int, ReviewsRequested>(state.Asked) { [asked.Shard] = asked } },
        JudgementShardCompleted done => state! with { Done = new Dictionary<int, JudgementShardCompleted>(state.Done) { [done.Shard] = done } },
        JudgementCompleted or JudgementFailed => state! with { Answered = true },
        _ => state!,
    };

    /// <param name="shards">The shards of all generations to judge, in order.</param>
    public static IReadOnlyList<IEvent> Start(Judgement? state, StepKey step, JudgeWork work, IReadOnlyList<ShardCompleted> shards)
    {
        if (state is not null && state.Step.Attempt >= step.Attempt)
            return [];
        var id = JudgementId.Of(step.Run, step.Path);
        if (shards.Count == 0)
            return [new JudgementPlanned(id, step, work, 0), new JudgementFailed(id, step, "There is nothing to judge: no trajectory of this run is unjudged.")];
        var reviewed = work.Reviewers is null ? new HashSet<TrajectoryId>() : Chosen.Trajectories(Showable(work, shards), work.Reviews);
        var open = shards.Index().Where(shard => state?.Done.ContainsKey(shard.Index) != true)
            .Select(shard => new JudgementShardRequested(id, shard.Index, shard.Item.Generation, shard.Item.Shard, [.. shard.Item.Trajectories.Select(t => t.Trajectory).Where(reviewed.Contains)]))
            .Select(shard => shard.Reviewed is [] ? shard with { Reviewed = null } : shard).ToList();
        JudgementPlanned planned = new(id, step, work, shards.Count);
        return open.Count > 0 ? [planned, .. open] : [planned, Sum(Evolve(state, planned))];
    }

    /// <summary>Of a failed episode there is nothing to be shown.</summary>
    private static IEnumerable<Showable> Showable(JudgeWork work, IReadOnlyList<ShardCompleted> shards) =>
        from shard in shards
        from one in shard.Trajectories
        where one.Outcome != EpisodeOutcome.Failed
        select new Showable(one.Trajectory, work.Generations.Index().First(g => g.Item == shard.Generation).Index, one.Task, one.Sample);

    public static IReadOnlyList<IEvent> Finish(Judgement? state) =>
        state is { Answered: false } && state.Done.Count == state.Shards ? [Sum(state)] : [];

    public static IReadOnlyList<IEvent> Fail(Judgement? state, string reason) =>
        state is { Answered: false } ? [new JudgementFailed(state.Id, state.Step, FailureReason.Of(reason))] : [];

    private static JudgementCompleted Sum(Judgement state) => new(state.Id, state.Step,
        state.Done.Values.Sum(d => d.Accepted), state.Done.Values.Sum(d => d.Rejected), state.Done.Values.Sum(d => d.Unusable),
        Digest.OfAll(state.Done.OrderBy(shard => shard.Key).Select(shard => shard.Value.Content)), ReviewTally.Sum(state.Done.Values.Select(d => d.Reviews))?.Summary(), All(state.Done.Values.Select(d => d.Judges)));

    private static IReadOnlyList<string>? All(IEnumerable<IReadOnlyList<string>?> judges) =>
        judges.ToList() is var all && all.Contains(null) ? null : [.. all.SelectMany(some => some!).Distinct().Order(StringComparer.Ordinal)];
}
