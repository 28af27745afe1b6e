using AgentOps.Contracts;

namespace AgentOps.Generator;

/// <summary>Whose a generation's outcome is: an evaluation's, a training's, or where both are null the run's own.</summary>
public sealed record Requester(EvaluationId? Evaluation = null, TrainingId? Training = null);

/// <summary>One policy's episodes for one step: split into shards, each played in one delivery, counted when the last is there.</summary>
public sealed record Generation(
    GenerationId Id, StepKey Step, Requester By, GenerateWork Work, int Shards, IReadOnlyDictionary<int, ShardCompleted> Done, bool Answered)
{
    /// <summary>Episodes a delivery; they are in flight together. With models as small as the samples' that takes seconds; a model so slow that it takes ten minutes cannot be played.</summary>
    public const int ShardSize = 50;

    public static Generation Evolve(Generation? state, IEvent @event) => @event switch
    {
        GenerationPlanned planned => new(planned.Generation, planned.Step, new(planned.Evaluation, planned.Training), planned.Work, planned.Shards, state?.Done ?? new Dictionary<int, ShardCompleted>(), Answered: false),
        ShardCompleted shard => state! with { Done = new Dictionary<int, ShardCompleted>(state.Done) { [shard.Shard] = shard } },
        GenerationCompleted or GenerationFailed or GenerationCancelled => state! with { Answered = true },
        _ => state!,
    };

    /// <summary>A further attempt asks only for the shards that are still missing.</summary>
    public static IReadOnlyList<IEvent> Start(Generation? state, GenerationId id, StepKey step, Requester by, GenerateWork work)
    {
        if (state is not null && state.Step.Attempt >= step.Attempt)
            return [];
        var shards = (work.Episodes + ShardSize - 1) / ShardSize;
        GenerationPlanned planned = new(id, step, by.Evaluation, work, shards, by.Training);
        var open = Enumerable.Range(0, shards).Where(shard => state?.Done.ContainsKey(shard) != true)
            .Select(shard => new ShardRequested(id, shard, shard * ShardSize, Math.Min(ShardSize, work.Episodes - shard * ShardSize))).ToList();
        return open.Count > 0 ? [planned, .. open] : [planned, Sum(Evolve(state, planned))];
    }

    public static IReadOnlyList<IEvent> Finish(Generation? state) =>
        state is { Answered: false } && state.Done.Count == state.Shards ? [Sum(state)] : [];

    public static IReadOnlyList<IEvent> Fail(Generation? state, string reason) =>
        state is { Answered: false } ? [new GenerationFailed(state.Id, state.Step, state.By.Evaluation, FailureReason.Of(reason), state.By.Training)] : [];

    public static IReadOnlyList<IEvent> Cancel(Generation? state) =>
        state is { Answered: false } ? [new GenerationCancelled(state.Id, state.Step, state.By.Evaluation, state.By.Training)] : [];

    private static GenerationCompleted Sum(Generation state)
    {
        var all = state.Done.Values.SelectMany(shard => shard.Trajectories).ToList();
        return new(state.Id, state.Step, state.By.Evaluation, all.Count,
            all.Count(t => t.Outcome == EpisodeOutcome.Scored),
            all.Count(t => t.Outcome == EpisodeOutcome.Truncated),
            all.Count(t => t.Outcome == EpisodeOutcome.Failed),
            all.Count(t => t.Succeeded()),
            Digest.OfAll(state.Done.OrderBy(shard => shard.Key).Select(shard => shard.Value.Content)), state.By.Training);
    }
}
