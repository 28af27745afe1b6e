using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using AgentOps.Contracts;
using AgentOps.Environments;

namespace AgentOps.Pipeline;

/// <summary>Walks the unrolled steps in order and turns each into work over the outputs of those before it.</summary>
internal sealed class Planner(PipelineSpecification specification, IReadOnlyDictionary<string, StepSpecification> declared)
{
    private readonly List<PlannedStep> _steps = [];
    private readonly ModelScope _models = new(declared);
    private readonly DataScope _data = new(declared);
    private readonly EvaluationScope _evaluations = new(declared);

    private readonly List<PlanException> _objections = [];

    public IReadOnlyList<PlannedStep> Steps => _steps;

    public IReadOnlyList<PlanException> Objections => _objections;

    public static string KindOf(StepSpecification step) => step switch
    {
        GenerateStep => "generate",
        JudgeStep => "judge",
        PairStep => "pair",
        TrainStep => "train",
        EvaluateStep => "evaluate",
        PromoteStep => "promote",
        RepeatStep => "repeat",
        _ => throw new InvalidOperationException($"{step.GetType().Name} is not a kind of step."),
    };

    /// <summary>The base model's own step; none where a registered model is the base.</summary>
    public void Base()
    {
        var defaults = new JudgeStep([]);
        (StepWork? work, var attempts) = specification.Base switch
        {
            { Scratch: { } scratch } => (new ScratchWork(specification.Environment, scratch, SeedOf(PipelinePlan.BasePath), FurtherEnvironments()), defaults.Attempts),
            // A folder that cannot be loaded is the same at a second look.
            { HuggingFace: { } folder } => (new ImportWork(folder, specification.Base.Adapter), 1),
            _ => ((StepWork?)null, 0),
        };
        if (work is not null)
            _steps.Add(new PlannedStep(PipelinePlan.BasePath, "base", null, defaults.Deadline, attempts, _ => work));
    }

    public void Add(StepSpecification step, string path)
    {
        switch (step)
        {
            case GenerateStep generate: Generate(generate, path); break;
            case JudgeStep judge: Judge(judge, path); break;
            case PairStep pair: Pair(pair, path); break;
            case TrainStep train: Train(train, path); break;
            case EvaluateStep evaluate: Evaluate(evaluate, path); break;
            case PromoteStep promote: Promote(promote, path); break;
            default: throw new InvalidOperationException($"{step.GetType().Name} cannot be planned.");
        }
    }

    private void Generate(GenerateStep step, string path)
    {
        var environment = EnvironmentOf(step);
        var policy = step.Team is { } team ? TeamOf(step, "policy", team, environment).Policy : _models.Policy(step, "policy", step.Policy);
        var first = _data.FirstTask(step, environment, step.Split, step.Tasks);
        _data.MayLearn(step, environment, step.Split, first, first + step.Episodes / step.Samples);
        _data.AddGeneration(step, environment, path, first);
        Plan(step, path, o => new GenerateWork(environment, policy(o), step.Split, first, step.Episodes, step.Samples, step.Temperature, SeedOf(path), step.Subject));
    }

    private void Judge(JudgeStep step, string path)
    {
        var generations = _data.Judge(step, path);
        Plan(step, path, o => new JudgeWork([.. generations.Select(o.Generation)], step.With, step.Reviewers, step.Reviews));
    }

    private void Pair(PairStep step, string path)
    {
        var data = _data.Trajectories(step, step.Data);
        Teams.CheckRole(step, step.Role, data.Select(d => d.Environment));
        _data.AddPairs(step, path);
        var compared = step.Reviewers is { } reviewers ? Compare(step, data, reviewers, path) : null;
        Plan(step, path, o => DatasetOf(step.Strategy, data, o) with { Steps = step.Steps, Role = step.Role, Comparison = compared is null ? null : o.Judgement(compared) });
    }

    /// <summary>Before people's pairs are made people are asked.</summary>
    private string Compare(PairStep step, IReadOnlyList<DataUse> data, int reviewers, string path)
    {
        var compare = path + ".compare";
        _steps.Add(new PlannedStep(compare, "compare", null, step.Deadline, step.Attempts, o => new CompareWork(SourcesOf(data, o), reviewers, step.Pairs, specification.Without)));
        return compare;
    }

    private void Train(TrainStep step, string path)
    {
        var from = step.Method == TrainingMethods.Reward ? _models.PathOfAny(step, "from", step.From) : _models.Path(step, "from", step.From);
        if (step.Online is { } online)
        {
            TrainOnline(step, online, from, path);
            return;
        }
        var learnsFromPairs = TrainingMethods.LearnsFromPairs(step.Method, step.Options);
        if (learnsFromPairs && step.Role is not null)
            throw new PlanException(step, "role", $"{step.Method} learns from the pairs that there are, and whose they are is the pair step's to say: give that one the 'role'.");
        var dataset = learnsFromPairs ? _data.Pairs(step) : path + ".dataset";
        if (!TrainingMethods.Imitates(step.Method))
            _data.Inherit(path, from);
        if (!learnsFromPairs)
        {
            var (strategy, data) = TrainingMethods.Imitates(step.Method) ? ("sft", _data.Demonstrations(step, from, path)) : ("labelled", _data.Judged(step));
            if (!TrainingMethods.Imitates(step.Method))
                AskForVerdicts(step, data);
            Teams.CheckRole(step, step.Role, data.Select(d => d.Environment));
            if (step.Demonstrations?.Failures is not null && data.All(d => d.JudgedBy is null))
                throw new PlanException(step, "failures", "nothing is a failure yet: no judge step stands between these trajectories and this step.");
            if (step.Options.Shares is { } shares)
                Shared(step, shares, data);
            _steps.Add(new PlannedStep(dataset, "dataset", null, step.Deadline, step.Attempts, o => DatasetOf(strategy, data, o) with { Demonstrations = step.Demonstrations, Role = step.Role }));
        }

        Plan(step, path, o => new TrainWork(step.Method, o.Model(from), o.Dataset(dataset).Dataset, o.Dataset(dataset).Data, step.Options, SeedOf(path)));
        _models.Add(step, path);
    }

    /// <summary>What nobody judged would count as accepted, and successes alone are one side.</summary>
    private void AskForVerdicts(TrainStep step, IReadOnlyList<DataUse> data)
    {
        var key = step.Data.Count > 0 ? "data" : "method";
        if (data.FirstOrDefault(d => d.JudgedBy is null) is { } unjudged)
            _objections.Add(new PlanException(step, key, $"no judge step has judged '{unjudged.Name}' before this step, and {step.Method} learns verdicts: judge it, or name data without it."));
        else if (data.All(d => d.SuccessesOnly))
            _objections.Add(new PlanException(step, key, $"these are successes alone, and {step.Method} learns from what judges accepted and what they did not: leave '{DataScope.Successes}' away."));
    }

    /// <summary>Shares are of the environments that the data come from, and of all of them.</summary>
    private static void Shared(TrainStep step, IReadOnlyDictionary<string, double> shares, IReadOnlyList<DataUse> data)
    {
        var environments = data.Select(d => d.Environment).Distinct().Order(StringComparer.Ordinal).ToArray();
        if (!environments.SequenceEqual(shares.Keys.Order(StringComparer.Ordinal)))
            throw new PlanException(step, "shares", $"the trajectories of this step are of {string.Join(", ", environments)}: give each of these a share, and no other.");
    }

    private void TrainOnline(TrainStep step, OnlineSettings online, string from, string path)
    {
        var environment = EnvironmentOf(step);
        CheckTeam(step, online, environment);
        var first = _data.FirstTask(step, environment, online.Split, online.Tasks);
        _data.MayLearn(step, environment, online.Split, first, first + (long)online.Groups * online.Iterations);
        _data.Inherit(path, from);
        var scores = online.RewardModel is { } name ? _models.RewardModel(step, "rewardModel", name) : null;
        var partners = online.Partners is { } named ? _models.Team(step, "partners", named) : null;
        Plan(step, path, o => new OnlineTrainWork(
            step.Method, o.Model(from), environment, online.Split, first, online.Groups, online.Samples, online.Iterations, online.Options, SeedOf(path), online.Subject, scores is null ? null : o.Model(scores),
            online.Role, partners?.Policy(o).Members));
        _models.Add(step, path);
    }

    /// <summary>What a team's training may have, and what it needs.</summary>
    private static void CheckTeam(TrainStep step, OnlineSettings online, string environment)
    {
        var isTeam = Catalogue.RolesOf(environment).Count > 0;
        Teams.CheckRole(step, online.Role, [environment]);
        if (online.Role is { } role)
            Teams.CheckPartners(step, environment, role, online.Partners ?? new Dictionary<string, string>());
        if (!isTeam && online.Options.Credit is not null)
            throw new PlanException(step, "credit", $"there is one agent in {environment}, and nobody to share a reward with.");
        if (isTeam && online.RewardModel is not null)
            throw new PlanException(step, "rewardModel", $"a reward model scores whole episodes, and a role's part of a team's episode is none: train the roles of {environment} by its own reward.");
    }

    private PlannedTeam TeamOf(StepSpecification step, string key, IReadOnlyDictionary<string, string> team, string environment, int? item = null)
    {
        Teams.CheckWhole(step, key, environment, team, item);
        return _models.Team(step, key, team, item);
    }

    private void Evaluate(EvaluateStep step, string path)
    {
        var environment = EnvironmentOf(step);
        var teams = new Dictionary<string, PlannedTeam>();
        foreach (var (i, name) in step.Policies.Index())
            if (step.Teams?.GetValueOrDefault(name) is { } team)
                teams[name] = DeclaredNames.Reserved.Contains(name) || declared.ContainsKey(name)
                    ? throw new PlanException(step, "policies", $"a team cannot be named '{name}', which is {(declared.ContainsKey(name) ? "the name of a step or of what one keeps" : "reserved")}.", i)
                    : TeamOf(step, "policies", team, environment, i);
        var policies = step.Policies.Select((name, i) => (Name: name, Policy: teams.GetValueOrDefault(name)?.Policy ?? _models.Policy(step, "policies", name, i))).ToArray();
        _data.Used(environment, step.Split, step.Episodes);
        _evaluations.Add(step, path, step.Policies.ToDictionary(name => name, name => teams.GetValueOrDefault(name)?.Identity ?? _models.Identity(name)), teams);
        Plan(step, path, o => new EvaluateWork(environment, step.Split, 0, step.Episodes, [.. policies.Select(p => new NamedPolicy(p.Name, p.Policy(o)))], SeedOf(path), step.Keep, step.Subject));
        if (step.Keep is { } kept)
            Keep(step, kept, environment, path);
    }

    private void Keep(EvaluateStep step, string name, string environment, string path)
    {
        if (step.Policies.All(policy => policy is "expert" or "random"))
            throw new PlanException(step, "keep", "there is no model among the policies, and the best of the models is kept.");
        if (step.Teams is not null)
            throw new PlanException(step, "keep", "what is kept goes on as one model, and a team is none: leave the teams to an evaluation without 'keep'.");
        _data.Choose(step, environment, step.Split, step.Episodes);
        _data.OfSomeModel(path);
        _models.Keep(name, path);
    }

    private void Promote(PromoteStep step, string path)
    {
        var candidates = step.Candidates.Select((name, i) => Candidate(step, name, i)).ToArray();
        var evaluations = _evaluations.For(step, [.. candidates.Select(c => (c.Name, c.Identity))]);
        if (evaluations.FirstOrDefault(e => DataScope.MayBeLearned(e.Split)) is { } learned)
            _objections.Add(new PlanException(step, "when", $"the evaluation '{learned.Name}' plays the split {learned.Split}, from which models may learn: a gate needs held-out tasks, of the split test or unseen."));
        Plan(step, path, o => new PromoteWork(
            step.Model,
            step.Alias,
            [.. candidates.Select(c => new NamedPolicy(c.Name, c.Policy(o)))],
            [.. evaluations.Select(e => new NamedEvaluation(e.Name, o.Evaluation(e.Path)))],
            step.When,
            step.Test,
            step.Alpha,
            step.Role));
    }

    /// <summary>A model, or with a role a team that an evaluation played, of which that role's model is put forward.</summary>
    private (string Name, string Identity, Func<StepOutputs, PolicyReference> Policy) Candidate(PromoteStep step, string name, int item)
    {
        var team = _evaluations.Team(name);
        if (step.Role is not { } role)
            return team is null
                ? (name, _models.Path(step, "candidates", name, item), _models.Policy(step, "candidates", name, item))
                : throw new PlanException(step, "candidates", $"'{name}' is a team: say with 'role' whose model is registered.", item);
        if (team is null)
            throw new PlanException(step, "candidates", $"'{name}' is no team that an earlier evaluation played, and 'role' says which model of a team is registered.", item);
        return team.Members.GetValueOrDefault(role) is null or "expert" or "random"
            ? throw new PlanException(step, "role", $"there is no model in the role '{role}' of '{name}', which is {team.Identity}.")
            : (name, team.Identity, team.Policy);
    }

    private string EnvironmentOf(StepSpecification step) => step.OwnEnvironment ?? specification.Environment;

    /// <summary>What the steps play besides the pipeline's own environment; null where that is all.</summary>
    private IReadOnlyList<string>? FurtherEnvironments()
    {
        var further = specification.AllSteps.Select(EnvironmentOf).Where(name => name != specification.Environment).Distinct().ToArray();
        return further.Length > 0 ? further : null;
    }

    /// <summary>Every data set of a run is tokenised by the base model, whose tokenizer all its descendants share.</summary>
    private DatasetWork DatasetOf(string strategy, IReadOnlyList<DataUse> data, StepOutputs outputs) => new(
        strategy,
        SourcesOf(data, outputs),
        outputs.Model(PipelinePlan.BasePath),
        specification.Without);

    private static IReadOnlyList<DatasetSource> SourcesOf(IReadOnlyList<DataUse> data, StepOutputs outputs) =>
        [.. data.Select(d => new DatasetSource(d.Name, outputs.Generation(d.Path), d.JudgedBy is { } judge ? outputs.Judgement(judge) : null, d.SuccessesOnly))];

    private void Plan(StepSpecification step, string path, Func<StepOutputs, StepWork> work) =>
        _steps.Add(new PlannedStep(path, KindOf(step), step.As, step.Deadline, step.Attempts, work));

    /// <summary>53 bits of SHA-256 over the run's seed and the path, which every reader of JSON keeps exactly.</summary>
    private long SeedOf(string path) =>
        (long)(BinaryPrimitives.ReadUInt64BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes($"{specification.Seed}/{path}"))) >> 11);
}
