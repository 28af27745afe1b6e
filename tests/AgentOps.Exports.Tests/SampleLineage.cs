using System.Text;
using AgentOps.Contracts;

namespace AgentOps.Exports.Tests;

/// <summary>
/// A run as it stands in the ledger: a base from scratch, expert episodes, a judge, SFT, the model's own episodes, DPO on a second attempt, an evaluation and a promotion.
/// What Alice asked for became household-agent:2; version 1 is the SFT model.
/// </summary>
internal sealed class SampleLineage
{
    public const string Environment = "household/2#sha256:1111111111111111111111111111111111111111111111111111111111111111";
    public const string Code = "0.1.0+0123456789abcdef0123456789abcdef01234567";
    public static readonly DateTimeOffset Began = new(2026, 11, 1, 10, 0, 0, TimeSpan.Zero);
    public static readonly RunId Run = RunId.From(new("0197f3a0-1c00-7000-8000-000000000001"));
    public static readonly Digest Base = DigestOf("base"), Sft = DigestOf("sft"), Dpo = DigestOf("dpo"), SftData = DigestOf("sft data"), Pairs = DigestOf("pairs"), Members = DigestOf("members"), Played = DigestOf("what was played");

    public static readonly GenerationId Expert = GenerationId.Of(Run, "1.generate", "expert");
    public static readonly GenerationId Explored = GenerationId.Of(Run, "4.generate", "sft");
    public static readonly GenerationId Tested = GenerationId.Of(Run, "8.evaluate", "dpo");
    public static readonly DatasetId SftSet = DatasetId.Of(Run, "3.train.dataset");
    public static readonly DatasetId PairSet = DatasetId.Of(Run, "6.pair");
    public static readonly EvaluationId Evaluation = EvaluationId.Of(Run, "8.evaluate");

    private static readonly JudgementId Judged = JudgementId.Of(Run, "2.judge");
    private static readonly MachineClass Machine = new("cpu", "AVX512", 2, "1.13.1", "10.0.0", "5d41402abc4b2a76");
    private readonly List<Fact> _facts = [];

    public SampleLineage()
    {
        Submit();
        Step(new("base", "base", new ScratchWork("household", new(), 7)), key => Train(key, new ScratchWork("household", new(), 7), Base, null), new ModelOutput(Base));
        var play = new GenerateWork("household", new(PolicyKind.Expert), "train", 0, 2, 1, 1.0, 11);
        Step(new("1.generate", null, play), key => Play(key, Expert, play, null), new GenerationOutput(Expert, Played));
        var judge = new JudgeWork([Expert], ["environment", "rules"]);
        Step(new("2.judge", null, judge), key => Judge(key, judge), new JudgementOutput(Judged));
        var sftWork = new DatasetWork("sft", [new("expert", Expert, Judged, false)], Base);
        Step(new("3.train.dataset", null, sftWork), key => Build(key, SftSet, sftWork, DatasetKind.Demonstrations, SftData), new DatasetOutput(SftSet, SftData));
        var sft = new TrainWork("sft", Base, SftSet, SftData, new(Tokens: 900_000, LearningRate: 0.002), 99);
        Step(new("3.train", "sft", sft), key => Train(key, sft, Sft, new(2, 2)), new ModelOutput(Sft));
        var explore = new GenerateWork("household", new(PolicyKind.Model, Sft), "train", 2, 2, 2, 1.0, 12);
        Step(new("4.generate", "explored", explore), key => Play(key, Explored, explore, null), new GenerationOutput(Explored));
        var pairWork = new DatasetWork("contrast", [new("expert", Expert, Judged, false), new("explored", Explored, null, false)], Base);
        Step(new("6.pair", null, pairWork), key => Build(key, PairSet, pairWork, DatasetKind.Preferences, Pairs), new DatasetOutput(PairSet, Pairs));
        var dpo = new TrainWork("dpo", Sft, PairSet, Pairs, new(Epochs: 1, Beta: 0.1), 98);
        Fail(new("7.train", "eto", dpo));
        Step(new("7.train", "eto", dpo), key => Train(key, dpo, Dpo, new(3, 2, Tied: 1)), new ModelOutput(Dpo), attempt: 2);
        var evaluate = new EvaluateWork("household", "test", 0, 20, [new("random", new(PolicyKind.Random)), new("sft", new(PolicyKind.Model, Sft)), new("eto", new(PolicyKind.Model, Dpo))], 13);
        Step(new("8.evaluate", "final", evaluate), key => Evaluate(key, evaluate), new EvaluationOutput(Evaluation));
        var promote = new PromoteWork("household-agent", "production", [new("sft", new(PolicyKind.Model, Sft)), new("eto", new(PolicyKind.Model, Dpo))], [new("final", Evaluation)], [new("final", "success", ">", "random", "success")], "none", 0.05);
        Step(new("9.promote", null, promote), Promote, new PromotionOutput("household-agent", 2));
        Add("pipeline", Run.Stream(), new RunSucceeded(Run));
    }

    public IReadOnlyList<Fact> Facts => _facts;

    public ModelLineage Lineage => Of(2, Dpo);

    /// <summary>Version 1, the SFT model.</summary>
    public ModelLineage First => Of(1, Sft);

    private ModelLineage Of(int version, Digest model) => new("household-agent", version, model, "agentops.ledger/0011223344556677", _facts, MadeOf(Reference.Model(model)));

    /// <summary>Here one run made everything once.</summary>
    private HashSet<long> MadeOf(Reference model)
    {
        var made = new HashSet<long>();
        var open = new Queue<Reference>([model]);
        while (open.TryDequeue(out var read))
            foreach (var fact in _facts.Where(fact => fact.Data.Outputs.Contains(read) && made.Add(fact.Position)))
                foreach (var input in fact.Data.Inputs)
                    open.Enqueue(input);
        return made;
    }

    /// <summary>The same version as bob asked to move an alias to it, grace approved it, and dora deployed what the alias named.</summary>
    public SampleLineage Deployed()
    {
        const string stream = "model-household-agent";
        Add("registry", stream, new AliasMoveProposed("household-agent", "live", 2, null, Evaluation, "bob", "bob", "the release"), "bob");
        Add("registry", stream, new AliasMoveApproved("household-agent", "live", 2, "grace", "the figures hold"), "grace");
        Add("registry", stream, new AliasMoved("household-agent", "live", 2, null, Evaluation, "bob", ["grace"], "the release"), "grace");
        Add("registry", "deployment-talk", new DeploymentActivated("talk", "household-agent", 2, Dpo, null, "dora", "live", 7, "for the shop"), "dora");
        return this;
    }

    public IReadOnlyList<Fact> RunStream => [.. _facts.Where(f => f.Stream == Run.Stream())];

    public T The<T>() where T : IEvent => _facts.Select(f => f.Data).OfType<T>().Single();

    private static Digest DigestOf(string what) => Digest.Of(Encoding.UTF8.GetBytes(what));

    private void Submit() => Add("pipeline", Run.Stream(), new RunSubmitted(Run, new("household", 7, "household", new(Scratch: new()),
        [new GenerateStep("expert", "train", 2), new JudgeStep(["environment", "rules"]), new TrainStep("sft", "base", ["expert"], new(Tokens: 900_000)) { As = "sft" }]), "alice"), "alice");

    private void Step(Asked asked, Action<StepKey> work, StepOutput output, int attempt = 1)
    {
        var key = new StepKey(Run, asked.Path, attempt);
        Add("pipeline", Run.Stream(), new StepRequested(key, asked.Name, asked.Work, Began.AddHours(9)));
        work(key);
        Add("pipeline", Run.Stream(), new StepCompleted(key, output));
    }

    private void Fail(Asked asked)
    {
        var key = new StepKey(Run, asked.Path, 1);
        Add("pipeline", Run.Stream(), new StepRequested(key, asked.Name, asked.Work, Began.AddHours(9)));
        Add("pipeline", Run.Stream(), new StepFailed(key, "the lease ran out"));
    }

    private void Train(StepKey key, StepWork work, Digest model, BalanceSheet? balance)
    {
        var training = TrainingId.Of(Run, key.Path);
        Add("trainer", training.Stream(), new TrainingQueued(training, key, work, Began.AddHours(9)));
        Add("trainer", training.Stream(), new TrainingCompleted(training, key, work, model, 26, 170_000, new Dictionary<string, double> { ["loss"] = 0.25 }, Machine, Code, balance));
    }

    private void Play(StepKey key, GenerationId generation, GenerateWork work, EvaluationId? evaluation)
    {
        Add("generator", generation.Stream(), new GenerationPlanned(generation, key, evaluation, work, 1));
        var summaries = new List<TrajectorySummary>();
        for (var episode = 0; episode < work.Episodes; episode++)
        {
            var task = $"household/{work.Split}/{work.FirstTask + episode / work.Samples}";
            var id = TrajectoryId.Of(generation, task, episode % work.Samples);
            Add("generator", id.Stream(), new TrajectoryRecorded(id, generation, Run, task, "pick", episode % work.Samples, Environment, work.Policy, work.Seed + episode, work.Temperature, EpisodeOutcome.Scored, null, 1, [], null));
            summaries.Add(new(id, task, "pick", episode % work.Samples, EpisodeOutcome.Scored, 1, 3, 0));
        }
        Add("generator", generation.Stream(), new ShardCompleted(generation, 0, summaries));
        Add("generator", generation.Stream(), new GenerationCompleted(generation, key, evaluation, work.Episodes, work.Episodes, 0, 0, work.Episodes));
    }

    private void Judge(StepKey key, JudgeWork work)
    {
        Add("judge", Judged.Stream(), new JudgementPlanned(Judged, key, work, 1));
        foreach (var played in _facts.Select(f => f.Data).OfType<TrajectoryRecorded>().Where(t => t.Generation == Expert).ToList())
            Add("judge", Judged.VerdictStream(0), new TrajectoryJudged(Judged, played.Trajectory, Verdict.Accepted, [new("environment/1", Verdict.Accepted, 1, []), new("rules/1", Verdict.Accepted, null, [])]));
        Add("judge", Judged.Stream(), new JudgementCompleted(Judged, key, 2, 0, 0));
    }

    private void Build(StepKey key, DatasetId dataset, DatasetWork work, DatasetKind kind, Digest data) =>
        Add("preference-builder", dataset.Stream(), new DatasetBuilt(dataset, key, work, kind, data, Members, 2, 640, new(2, 2)));

    private void Evaluate(StepKey key, EvaluateWork work)
    {
        Add("evaluator", Evaluation.Stream(), new EvaluationPlanned(Evaluation, key, work));
        Play(key, Tested, new("household", new(PolicyKind.Model, Dpo), "test", 0, 2, 1, 0, 13), Evaluation);
        var random = Statistics.Wilson(0, 20);
        var first = Statistics.Wilson(4, 20);
        var own = Statistics.Wilson(15, 20);
        Add("evaluator", Evaluation.Stream(), new EvaluationCompleted(Evaluation, key, work, new(
        [
            new("random", new(PolicyKind.Random), GenerationId.Of(Run, key.Path, "random"), 20, 20, 0, 0, random, random, 9, 0.5, new Dictionary<string, Proportion>()),
            new("sft", new(PolicyKind.Model, Sft), GenerationId.Of(Run, key.Path, "sft"), 20, 20, 0, 0, first, first, 6, 0.25, new Dictionary<string, Proportion>()),
            new("eto", new(PolicyKind.Model, Dpo), Tested, 20, 18, 2, 0, own, own, 4.25, 0.125, new Dictionary<string, Proportion> { ["pick"] = Statistics.Wilson(15, 20), ["heat"] = Statistics.Wilson(0, 0) }),
        ], [new("random", "eto", 0, 0, 15, 5, 0.00006)])));
    }

    private void Promote(StepKey key)
    {
        Add("registry", "model-household-agent", new ModelVersionRegistered("household-agent", 1, Sft, Run, "sft"));
        Add("registry", "model-household-agent", new ModelVersionRegistered("household-agent", 2, Dpo, Run, "eto"));
        Add("registry", "model-household-agent", new AliasMoved("household-agent", "production", 2, null, Evaluation, "gate"));
        Add("registry", "model-household-agent", new PromotionDecided("household-agent", "production", key, 2,
            [new("sft", Sft, false, ["final.success 0.2 is not above random.success 0.3"]), new("eto", Dpo, true, ["final.success 0.75 > random.success 0"])], [Evaluation]));
    }

    /// <summary>An event a second.</summary>
    private void Add(string service, string stream, IEvent data, string? actor = null) => _facts.Add(new(
        _facts.Count + 1, NameBasedGuid.Of("sample", _facts.Count.ToString()), stream, AllEvents.Registry.NameOf(data), Began.AddSeconds(_facts.Count), actor ?? $"service:{service}", service, Code, Run.Value, data));

    private sealed record Asked(string Path, string? Name, StepWork Work);
}
