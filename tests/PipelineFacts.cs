using AgentOps.Contracts;

namespace AgentOps.Tests;

/// <summary>An event as a service of the pipeline appends it.</summary>
internal sealed record PipelineFact(string Service, string Stream, RunId Run, IEvent Data);

/// <summary>What one run leaves in the ledger, step by step, as the services append it.</summary>
internal sealed class PipelineFacts(RunId run)
{
    private const string Maze = "maze/1";
    private static readonly MachineClass Machine = new("cpu", "avx2", 2, "2.9", "10.0", "0");
    private static readonly BalanceSheet Balance = new(1, 1);
    private int _step;

    public RunId Run => run;

    public List<PipelineFact> All { get; } = [];

    public void Submitted(string by, RunId? retryOf = null, Digest? baseModel = null, string? baseVersion = null) => Add("pipeline", run.Stream(),
        new RunSubmitted(run, new("test", 1, "maze", new(Scratch: new()), []), by, retryOf, baseModel, BaseVersion: baseVersion));

    /// <param name="work">A <see cref="ScratchWork"/>, an <see cref="ImportWork"/> or a <see cref="TrainWork"/>.</param>
    /// <param name="files">Those of the model; none: not named, as in events of before.</param>
    public void Trained(StepWork work, Digest model, params ModelFile[] files)
    {
        var step = Step("train");
        var training = TrainingId.Of(run, step.Path);
        Add("trainer", training.Stream(), new TrainingQueued(training, step, work, DateTimeOffset.UnixEpoch));
        Add("trainer", training.Stream(), new TrainingCompleted(training, step, work, model, 1, 1, new Dictionary<string, double>(), Machine, "code", Balance, Files: files.Length > 0 ? files : null));
    }

    public void Trained(Digest from, DatasetId dataset, Digest data, Digest model) => Trained(new TrainWork("sft", from, dataset, data, new(1000), 1), model);

    public static ScratchWork Scratch { get; } = new("maze", new(), 1);

    /// <param name="turns">Of each trajectory.</param>
    /// <param name="subject">Whose personal data it is played with.</param>
    public (GenerationId Id, IReadOnlyList<TrajectoryId> Trajectories) Played(PolicyReference policy, int episodes, int shard, int turns = 1, string? subject = null)
    {
        var step = Step("generate");
        var generation = GenerationId.Of(run, step.Path, "policy");
        var trajectories = Enumerable.Range(0, episodes).Select(i => TrajectoryId.Of(generation, $"maze/train/{i}", 0)).ToList();
        Add("generator", generation.Stream(), new GenerationPlanned(generation, step, null, new("maze", policy, "train", 0, episodes, 1, 1, 1, subject), (episodes + shard - 1) / shard));
        foreach (var (members, number) in trajectories.Chunk(shard).Select((members, number) => (members, number)))
        {
            var tokens = policy.Model is null ? null : new TokenSlice(Digest.Of(System.Text.Encoding.ASCII.GetBytes($"{generation} {number}")), 0, 1);
            foreach (var trajectory in members)
                Add("generator", trajectory.Stream(), new TrajectoryRecorded(trajectory, generation, run, "maze/train/1", "maze", 0, Maze, policy, 1, 1, EpisodeOutcome.Scored, null, 1,
                    subject is null ? [.. Enumerable.Repeat(new RecordedTurn("You stand at a crossing.", "go north", false), turns)] : [], tokens, subject is null ? null : new(new(subject, "AAAA"), turns, 0)));
            Add("generator", generation.Stream(), new ShardCompleted(generation, number, [.. members.Select(t => new TrajectorySummary(t, "maze/train/1", "maze", 0, EpisodeOutcome.Scored, 1, turns, 0))]));
        }
        Add("generator", generation.Stream(), new GenerationCompleted(generation, step, null, episodes, episodes, 0, 0, episodes));
        return (generation, trajectories);
    }

    /// <param name="reviewers">Who reviewed each trajectory; none: machines alone judged.</param>
    public JudgementId Judged(GenerationId generation, IReadOnlyList<TrajectoryId> trajectories, int shard, params string[] reviewers)
    {
        var step = Step("judge");
        var judgement = JudgementId.Of(run, step.Path);
        Add("judge", judgement.Stream(), new JudgementPlanned(judgement, step, new([generation], ["rules"]), (trajectories.Count + shard - 1) / shard));
        foreach (var (members, number) in trajectories.Chunk(shard).Select((members, number) => (members, number)))
        {
            foreach (var trajectory in members)
                Add("judge", judgement.VerdictStream(number), new TrajectoryJudged(judgement, trajectory, Verdict.Accepted, [new("rules/1", Verdict.Accepted, 1, [])],
                    Reviews: reviewers.Length > 0 ? [.. reviewers.Select(name => new PersonVerdict(name, Verdict.Accepted))] : null));
            Add("judge", judgement.VerdictStream(number), new JudgementShardCompleted(judgement, number, members.Length, 0, 0));
        }
        Add("judge", judgement.Stream(), new JudgementCompleted(judgement, step, trajectories.Count, 0, 0));
        return judgement;
    }

    /// <param name="without">What was withdrawn and is left out.</param>
    public DatasetId Built(GenerationId generation, JudgementId judgement, Digest tokenizer, Digest data, Digest members, int samples, params Reference[] without)
    {
        var step = Step("dataset");
        var dataset = DatasetId.Of(run, step.Path);
        Add("preference-builder", dataset.Stream(), new DatasetBuilt(dataset, step, new("demonstrations", [new("data", generation, judgement, false)], tokenizer, without.Length > 0 ? [.. without.Select(WithdrawalId.Of)] : null), DatasetKind.Demonstrations, data, members, samples, samples, Balance));
        return dataset;
    }

    public EvaluationId Evaluated(GenerationId generation, params Digest[] models)
    {
        var step = Step("evaluate");
        var evaluation = EvaluationId.Of(run, step.Path);
        var work = new EvaluateWork("maze", "test", 0, 1, [.. models.Select((model, i) => new NamedPolicy($"p{i}", new(PolicyKind.Model, model)))], 1);
        var all = new Proportion(1, 1, 1, 0, 1);
        Add("evaluator", evaluation.Stream(), new EvaluationPlanned(evaluation, step, work));
        Add("evaluator", evaluation.Stream(), new EvaluationCompleted(evaluation, step, work,
            new([new("p0", new(PolicyKind.Model, models[0]), generation, 1, 1, 0, 0, all, all, 1, 0, new Dictionary<string, Proportion>())], [])));
        return evaluation;
    }

    public void Registered(string model, int version, Digest digest) => Add("registry", $"model-{model}", new ModelVersionRegistered(model, version, digest, run, "current"));

    /// <param name="candidates">The first one is promoted.</param>
    public void Promoted(string model, int version, EvaluationId evidence, params Digest[] candidates)
    {
        Add("registry", $"model-{model}", new PromotionDecided(model, "production", Step("promote"), version, [.. candidates.Select(c => new CandidateDecision("c", c, true, []))], [evidence]));
        Add("registry", $"model-{model}", new AliasMoved(model, "production", version, null, evidence, "ada"));
    }

    public void Deployed(string name, string model, int version, Digest digest) => Add("registry", $"deployment-{name}", new DeploymentActivated(name, model, version, digest, null, "ada"));

    private StepKey Step(string kind) => new(run, $"{++_step}.{kind}", 1);

    private void Add(string service, string stream, IEvent fact) => All.Add(new(service, stream, run, fact));
}
