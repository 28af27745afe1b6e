using System.Text.Json.Serialization;

namespace AgentOps.Contracts;

/// <summary>Generator's facts: which episodes were asked for, and each one as it was played.</summary>
public static class GenerationEvents
{
    public static readonly IReadOnlyList<EventType> All =
    [
        EventType.Of<GenerationPlanned>("generation.planned.v1"),
        EventType.Of<ShardRequested>("generation.shard-requested.v1"),
        EventType.Of<TrajectoryRecorded>("trajectory.recorded.v1"),
        EventType.Of<ShardCompleted>("generation.shard-completed.v1"),
        EventType.Of<GenerationCompleted>("generation.completed.v1"),
        EventType.Of<GenerationFailed>("generation.failed.v1"),
        EventType.Of<GenerationCancelled>("generation.cancelled.v1"),
    ];
}

/// <summary>Who asked for a generation: a generate step, an evaluation for one of its policies, or an online training for one of its iterations.</summary>
/// <param name="Evaluation">Set where the episodes are an evaluation's; its outcome then answers the evaluation and not the run.</param>
/// <param name="Training">Set where they are a training's; its outcome then answers the training.</param>
public sealed record GenerationPlanned(GenerationId Generation, StepKey Step, EvaluationId? Evaluation, GenerateWork Work, int Shards, TrainingId? Training = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Run, Step.Run), .. Policies.Of(Work.Policy), .. Subjects.Of(Work.Subject)];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Generation, Generation)];
}

/// <summary>One delivery's worth of episodes: <paramref name="Count"/> of them from <paramref name="First"/> on.</summary>
public sealed record ShardRequested(GenerationId Generation, int Shard, int First, int Count) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Generation, Generation)];

    public IReadOnlyList<Reference> Outputs => [];
}

public enum EpisodeOutcome
{
    /// <summary>The environment ended the episode and gave the reward.</summary>
    Scored,

    /// <summary>The turn limit, or the end of the policy's context, ended it; the reward is what the environment had given until then.</summary>
    Truncated,

    /// <summary>A policy or an environment broke; there is no reward.</summary>
    Failed,
}

/// <summary>What the agent saw and did in one turn.</summary>
/// <param name="Role">Who of a team it was; null where there is one agent.</param>
public sealed record RecordedTurn(string Observation, string Action, bool Invalid, string? Role = null);

/// <summary>Where a trajectory's token ids and log-probabilities lie in its shard's artifact, in bytes.</summary>
public sealed record TokenSlice(Digest Artifact, long Offset, int Length);

/// <param name="Task">The task's name, such as <c>household/train/17</c>.</param>
/// <param name="Environment">The environment's name, version and hash.</param>
/// <param name="Reason">Why the episode failed, or could not go on before its turn limit.</param>
/// <param name="Reward">In [0, 1]; null where the episode failed.</param>
/// <param name="Turns">Empty where they are personal data.</param>
/// <param name="Tokens">Null for policies that sample no tokens. Of personal data the slice is a line of base64, encrypted as the turns are.</param>
/// <param name="EncryptedTurns">The turns and the reason where they are personal data.</param>
/// <param name="RoleTokens">Where a team played: the tokens of each role that a model played and that had its turn, in place of <paramref name="Tokens"/>. Null where there is one agent, or no model.</param>
public sealed record TrajectoryRecorded(
    TrajectoryId Trajectory,
    GenerationId Generation,
    RunId Run,
    string Task,
    string TaskType,
    int Sample,
    string Environment,
    PolicyReference Policy,
    long Seed,
    double Temperature,
    EpisodeOutcome Outcome,
    string? Reason,
    double? Reward,
    IReadOnlyList<RecordedTurn> Turns,
    TokenSlice? Tokens,
    EncryptedTurns? EncryptedTurns = null,
    IReadOnlyDictionary<string, TokenSlice>? RoleTokens = null) : IEvent
{
    /// <summary>Whose personal data the episode holds; null where it holds none.</summary>
    [JsonIgnore] public string? Subject => EncryptedTurns?.Text.Subject;

    /// <param name="role">Of a team; null: an agent's that plays alone.</param>
    public TokenSlice? TokensOf(string? role) => role is null ? Tokens : RoleTokens?.GetValueOrDefault(role);

    [JsonIgnore] public int TurnCount => EncryptedTurns?.Count ?? Turns.Count;

    [JsonIgnore] public int InvalidActions => EncryptedTurns?.Invalid ?? Turns.Count(turn => turn.Invalid);

    public IReadOnlyList<Reference> Inputs =>
    [
        Reference.To(ReferenceKind.Generation, Generation),
        Reference.To(ReferenceKind.Environment, Environment),
        .. Policies.Of(Policy),
        .. Subjects.Of(Subject),
    ];

    public IReadOnlyList<Reference> Outputs =>
    [
        Reference.To(ReferenceKind.Trajectory, Trajectory),
        .. Tokens is { } slice ? [Reference.Artifact(slice.Artifact)] : Array.Empty<Reference>(),
        .. RoleTokens is { } roles ? roles.Values.Select(own => Reference.Artifact(own.Artifact)).Distinct() : [],
    ];
}

/// <summary>A trajectory as its shard counts it.</summary>
public sealed record TrajectorySummary(TrajectoryId Trajectory, string Task, string TaskType, int Sample, EpisodeOutcome Outcome, double? Reward, int Turns, int InvalidActions);

/// <summary>Stands in the same append as the shard's trajectories: all of them or none.</summary>
/// <param name="Content">The SHA-256 of what was played, whatever run it was for. Null in events of before it was said.</param>
public sealed record ShardCompleted(GenerationId Generation, int Shard, IReadOnlyList<TrajectorySummary> Trajectories, Digest? Content = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [.. Trajectories.Select(t => Reference.To(ReferenceKind.Trajectory, t.Trajectory))];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Generation, Generation)];
}

/// <param name="Episodes">All that were asked for; scored + truncated + failed.</param>
/// <param name="Successes">Episodes of reward 1.</param>
/// <param name="Content">The SHA-256 over the contents of the shards, in their order; null where one of them has none.</param>
public sealed record GenerationCompleted(GenerationId Generation, StepKey Step, EvaluationId? Evaluation, int Episodes, int Scored, int Truncated, int Failed, int Successes, Digest? Content = null, TrainingId? Training = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Generation, Generation)];
}

public sealed record GenerationFailed(GenerationId Generation, StepKey Step, EvaluationId? Evaluation, string Reason, TrainingId? Training = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

public sealed record GenerationCancelled(GenerationId Generation, StepKey Step, EvaluationId? Evaluation, TrainingId? Training = null) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

internal static class Subjects
{
    public static IEnumerable<Reference> Of(string? subject) => subject is null ? [] : [Reference.To(ReferenceKind.Subject, subject)];
}

internal static class Policies
{
    public static IEnumerable<Reference> Of(PolicyReference policy) => policy.Models.Select(Reference.Model);
}
