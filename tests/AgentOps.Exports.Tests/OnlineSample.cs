using AgentOps.Contracts;

namespace AgentOps.Exports.Tests;

/// <summary>What is known of a model that learned in two iterations from what it played itself.</summary>
internal static class OnlineSample
{
    public static readonly Digest Base = Digest.Of("base"u8);
    public static readonly Digest RewardModel = Digest.Of("reward model"u8);
    public static readonly Digest Policy = Digest.Of("policy"u8);
    public static readonly Digest Model = Digest.Of("model"u8);
    public const string Environment = "household/2#sha256:1111111111111111111111111111111111111111111111111111111111111111";

    private static readonly RunId Run = RunId.From(new Guid("0197f3a0-1c00-7000-8000-000000000002"));
    private static readonly StepKey Step = new(Run, "1.train", 1);
    private static readonly TrainingId Training = TrainingId.Of(Run, Step.Path);
    private static readonly OnlineTrainWork Work = new("grpo", Base, "household", "train", 0, 1, 2, 2, new(Reward: new(Model: 1)), 5, RewardModel: RewardModel);
    private static readonly MachineClass Machine = new("cpu", "AVX512", 2, "1.13.1", "10.0.0", "5d41402abc4b2a76");

    /// <param name="model">What came out.</param>
    public static ModelLineage Lineage(Digest model)
    {
        GenerationId[] played = [OnlineTrainWork.GenerationOf(Run, Step.Path, 0), OnlineTrainWork.GenerationOf(Run, Step.Path, 1)];
        IEvent[] events =
        [
            new RunSubmitted(Run, new("online", 7, "household", new(Model: "small@production"), []), "alice", BaseModel: Base, BaseVersion: "small:1"),
            new TrainingCompleted(TrainingId.Of(Run, "base"), new(Run, "base", 1), new ScratchWork("household", new(), 7), Base, 5, 100, new Dictionary<string, double>(), Machine, "1", null),
            new DatasetBuilt(DatasetId.Of(Run, "pairs"), new(Run, "pairs", 1), new("contrast", [], Base), DatasetKind.Preferences, Digest.Of("pairs"u8), Digest.Of("members"u8), 9, 90, new(9, 9)),
            new TrainingCompleted(TrainingId.Of(Run, "reward"), new(Run, "reward", 1), new TrainWork("reward", Base, DatasetId.Of(Run, "pairs"), Digest.Of("pairs"u8), new(), 7), RewardModel, 5, 100, new Dictionary<string, double>(), Machine, "1", new(9, 9)),
            new TrainingQueued(Training, Step, Work, DateTimeOffset.UnixEpoch),
            new IterationRequested(Training, Step, 0, Base, played[0], Work.Play(0, Base), [], Base),
            .. Play(played[0], Base),
            new IterationRequested(Training, Step, 1, Policy, played[1], Work.Play(1, Policy), [played[0]], Base, RewardModel),
            .. Play(played[1], Policy),
            new TrainingCompleted(Training, Step, Work, model, 9, 900, new Dictionary<string, double>(), Machine, "1", new(4, 4), played),
            new ModelVersionRegistered("online-agent", 1, model, Run, "online"),
        ];
        Fact[] facts = [.. events.Select((data, i) => new Fact(i + 1, NameBasedGuid.Of("online", $"{i}"), $"stream-{i}", AllEvents.Registry.NameOf(data), DateTimeOffset.UnixEpoch.AddSeconds(i), "service:trainer", "trainer", "1", Run.Value, data))];
        return new("online-agent", 1, model, "agentops.ledger/0011223344556677", facts, facts.Select(fact => fact.Position).ToHashSet());
    }

    private static IEnumerable<IEvent> Play(GenerationId generation, Digest policy)
    {
        yield return new GenerationPlanned(generation, Step, null, Work.Play(0, policy), 1, Training);
        yield return new TrajectoryRecorded(TrajectoryId.Of(generation, "household/train/0", 0), generation, Run, "household/train/0", "pick", 0, Environment, new(PolicyKind.Model, policy), 1, 1, EpisodeOutcome.Scored, null, 1, [], null);
    }
}
