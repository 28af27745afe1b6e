using System.Text.RegularExpressions;
using AgentOps.Contracts;

namespace AgentOps.Pipeline;

/// <summary>Reads the steps of a file, remembering where each stands.</summary>
public sealed partial class StepReader
{
    private static readonly string[] Kinds = ["generate", "judge", "pair", "train", "evaluate", "promote", "repeat"];
    private static readonly string[] Splits = ["train", "dev", "test", "unseen"];
    private static readonly TimeSpan DefaultDeadline = TimeSpan.FromMinutes(30), LongestDeadline = TimeSpan.FromHours(48);
    private static readonly TimeSpan DefaultDeadlineOfPeople = TimeSpan.FromDays(7), LongestDeadlineOfPeople = TimeSpan.FromDays(30);
    private const int MaxEpisodes = 1_000_000;
    private const int MostPolicies = 16;
    private const string NameRule = "a name: letters, digits, '_' and '-', 64 at most, beginning with a letter";

    private readonly Dictionary<StepSpecification, (Fields Step, Fields Settings)> _places = new(ReferenceEqualityComparer.Instance);

    /// <exception cref="PipelineFileException">It is not a list of steps.</exception>
    public IReadOnlyList<StepSpecification> Read(FileNode node)
    {
        if (node is not FileList { Items.Count: > 0 } list)
            throw new PipelineFileException(node.Line, "steps", "expected a list of at least one step.");
        return [.. list.Items.Select(Step)];
    }

    /// <summary>The line that a refusal of the plan speaks about.</summary>
    public int LineOf(PlanException refusal)
    {
        var (step, settings) = _places[refusal.Step];
        var owner = step.Has(refusal.Key) ? step : settings;
        return refusal.Item is { } item ? owner.LineOf(refusal.Key, item) : owner.LineOf(refusal.Key);
    }

    private StepSpecification Step(FileNode node)
    {
        var fields = new Fields(node, "a step", "steps", [.. Kinds, "as", "deadline", "attempts"]);
        var kinds = Kinds.Where(fields.Has).ToArray();
        if (kinds.Length != 1)
            throw new PipelineFileException(fields.Line, kinds.ElementAtOrDefault(1) ?? "steps", kinds.Length == 0
                ? $"this step has no kind; the kinds are {string.Join(", ", Kinds)}."
                : $"a step has one kind, and this one is {string.Join(" and ", kinds)}.");
        var kind = kinds[0];
        var settings = new Fields(fields.Required(kind), kind, kind, KeysOf(kind));
        var step = Settings(kind, settings);
        step = kind == "repeat" ? WithoutName(step, fields) : step with
        {
            As = fields.Has("as") ? fields.Text("as", AsPattern(), NameRule) : null,
            Deadline = step.AsksPeople
                ? fields.Duration("deadline", DefaultDeadlineOfPeople, TimeSpan.FromSeconds(1), LongestDeadlineOfPeople)
                : fields.Duration("deadline", DefaultDeadline, TimeSpan.FromSeconds(1), LongestDeadline),
            Attempts = (int)fields.Whole("attempts", 3, 1, 10),
        };
        _places[step] = (fields, settings);
        return step;
    }

    private static StepSpecification WithoutName(StepSpecification repeat, Fields fields)
    {
        foreach (var key in (string[])["as", "deadline", "attempts"])
            if (fields.Has(key))
                throw new PipelineFileException(fields.KeyLineOf(key), key, "a repeat has none; set it on the steps inside.");
        return repeat;
    }

    private static string[] KeysOf(string kind) => kind switch
    {
        "generate" => ["policy", "split", "episodes", "samples", "tasks", "temperature", "subject", "environment"],
        "judge" => ["with", "reviewers", "reviews"],
        "pair" => ["strategy", "data", "lead", "visits", "reviewers", "pairs", "role"],
        "train" => ["method", "from", "data", "role", "failures", "invalidWeight", .. TrainingMethods.Settings.Union(OnlineStep.Keys)],
        "evaluate" => ["split", "episodes", "policies", "subject", "environment", "keep"],
        "promote" => ["model", "alias", "candidates", "when", "test", "alpha", "role"],
        _ => ["times", "steps"],
    };

    private StepSpecification Settings(string kind, Fields f) => kind switch
    {
        "generate" => Generate(f),
        "judge" => Judge(f),
        "pair" => Pair(f),
        "train" => Train(f),
        "evaluate" => Evaluate(f),
        "promote" => Promote(f),
        _ => new RepeatStep((int)f.Whole("times", null, 1, 100), Read(f.Required("steps"))),
    };

    private static GenerateStep Generate(Fields f)
    {
        var team = f.Required("policy") is FileMap map ? Teams.Read(map, "policy").Team : null;
        var step = new GenerateStep(
            team is null ? f.Text("policy") : Teams.Text(team),
            f.OneOf("split", null, Splits),
            (int)f.Whole("episodes", null, 1, MaxEpisodes),
            (int)f.Whole("samples", 1, 1, 1024),
            f.OptionalText("tasks") ?? "same",
            f.Real("temperature", 1.0, 0, Bounds.HighestTemperature),
            Subject(f),
            OwnEnvironment(f),
            team);
        return step.Episodes % step.Samples == 0
            ? step
            : throw f.Refuse("episodes", $"{step.Episodes} episodes are not a multiple of {step.Samples} samples of each task.");
    }

    private static EvaluateStep Evaluate(Fields f)
    {
        var (policies, teams) = Policies(f);
        var step = new EvaluateStep(
            f.OneOf("split", null, Splits),
            (int)f.Whole("episodes", null, 1, MaxEpisodes),
            policies,
            OwnEnvironment(f),
            f.Has("keep") ? f.Text("keep", AsPattern(), NameRule) : null,
            teams,
            Subject(f));
        return step is { Keep: not null, Split: not "dev" }
            ? throw f.Refuse("keep", $"tasks by which a model is chosen measure it no more, so it is chosen on the split dev, not on {step.Split}.")
            : step;
    }

    /// <summary>Every two are compared, and the report is one event. A team stands there with its members, under the name that it gets.</summary>
    private static (IReadOnlyList<string> Policies, IReadOnlyDictionary<string, IReadOnlyDictionary<string, string>>? Teams) Policies(Fields f)
    {
        var teams = new Dictionary<string, IReadOnlyDictionary<string, string>>();
        var policies = f.Texts("policies", item =>
        {
            var (fields, team) = Teams.Read(item, "policies", "as");
            var name = fields.Text("as", AsPattern(), NameRule);
            teams.TryAdd(name, team);
            return name;
        });
        return policies.Count > MostPolicies ? throw f.Refuse("policies", $"{policies.Count} policies are more than the {MostPolicies} that one evaluation compares; use several.")
            : (policies, teams.Count > 0 ? teams : null);
    }

    private static JudgeStep Judge(Fields f)
    {
        var judges = f.Texts("with");
        for (var i = 0; i < judges.Count; i++)
            if (judges[i] is not ("environment" or "rules" or JudgeStep.People))
                throw new PipelineFileException(f.LineOf("with", i), "with", $"'{judges[i]}' is not one of environment, rules, {JudgeStep.People}.");
        return PeopleStep.Judge(f, judges);
    }

    private static PairStep Pair(Fields f)
    {
        var data = f.Texts("data");
        for (var i = 0; i < data.Count; i++)
            if (data[i].EndsWith(DataScope.Successes, StringComparison.Ordinal))
                throw new PipelineFileException(f.LineOf("data", i), "data", $"a pair needs the worse trajectories too: write '{data[i][..^DataScope.Successes.Length]}'.");
        var strategy = f.OneOf("strategy", null, PairStep.Contrast, PairStep.OfSteps, PairStep.Both, PairStep.People);
        foreach (var key in (string[])["lead", "visits"])
            if (strategy is PairStep.Contrast or PairStep.People && f.Has(key))
                throw new PipelineFileException(f.KeyLineOf(key), key, $"the strategy {strategy} compares whole trajectories; this is a setting of {PairStep.OfSteps} and {PairStep.Both}.");
        var (reviewers, pairs) = PeopleStep.Pair(f, strategy);
        return new PairStep(strategy, data, f.Has("lead") || f.Has("visits") ? new(f.OptionalReal("lead", 0, 1, open: true), (int?)f.OptionalWhole("visits", 1, 1024)) : null, f.OptionalText("role"), reviewers, pairs);
    }

    private static TrainStep Train(Fields f)
    {
        var method = f.OneOf("method", null, [.. TrainingMethods.Names, .. OnlineMethods.Names]);
        if (OnlineMethods.Names.Contains(method))
            return OnlineStep.Read(f, method);
        foreach (var key in OnlineStep.Keys.Where(f.Has))
            throw new PipelineFileException(f.KeyLineOf(key), key, $"this is a setting of {string.Join(", ", OnlineMethods.Names)}; {method} learns from what was generated before.");
        if (f.Has("tokens") && f.Has("epochs"))
            throw new PipelineFileException(f.KeyLineOf("epochs"), "epochs", "give tokens or epochs, not both.");
        var loss = f.Has("loss") ? f.OneOf("loss", null, [.. TrainingMethods.LossesOf(method)]) : null;
        foreach (var key in TrainingMethods.Settings.Where(f.Has))
            if (TrainingMethods.Objection(method, loss, key) is { } objection)
                throw new PipelineFileException(f.KeyLineOf(key), key, objection);
        var options = new TrainOptions(
            f.OptionalWhole("tokens", 1, 1_000_000_000_000),
            (int?)f.OptionalWhole("epochs", 1, 1000),
            f.OptionalReal("learningRate", 0, 1, open: true),
            (int?)f.OptionalWhole("batchTokens", 16, Bounds.MostBatchTokens),
            f.OptionalReal("beta", 0, 100, open: true),
            f.OptionalReal("sftWeight", 0, 1000),
            f.OptionalReal("preferenceWeight", 0, 1000),
            loss,
            f.OptionalReal("smoothing", 0, 0.5, open: true),
            f.OptionalReal("margin", 0, 100),
            f.OptionalReal("discount", 0, 1),
            f.OptionalReal("desirableWeight", 0, 1000, open: true),
            f.OptionalReal("undesirableWeight", 0, 1000, open: true),
            f.Has("adapter") ? Adapter(f.Required("adapter")) : null,
            f.OptionalReal("klWeight", 0, 1000),
            f.OptionalReal("l2Weight", 0, 1000),
            f.Has("shares") ? Shares(f.Required("shares")) : null,
            (int?)f.OptionalWhole("innerSteps", 1, Bounds.MostInnerSteps),
            f.OptionalReal("metaRate", Bounds.LeastMetaRate, 1),
            f.Has("packing") ? f.OneOf("packing", null, "true", "false") == "true" : null,
            (int?)f.OptionalWhole("processes", 1, Bounds.MostProcesses),
            f.OptionalReal("observationWeight", 0, 1000));
        if (TrainingMethods.Contradiction(options) is { } contradiction)
            throw new PipelineFileException(f.KeyLineOf(contradiction.Setting), contradiction.Setting, contradiction.Why);
        var demonstrations = Demonstrations(method, f);
        if (demonstrations?.InvalidWeight == 0 && options.ObservationWeight > 0)
            throw new PipelineFileException(f.KeyLineOf("invalidWeight"), "invalidWeight", "at 0 an invalid turn is only read, and 'observationWeight' learns whatever is read: give a weight above 0, or leave one of the two out.");
        return new TrainStep(method, f.OptionalText("from") ?? "base", f.Has("data") ? f.Texts("data") : [], options, demonstrations, Role: f.OptionalText("role"));
    }

    /// <summary>Whose personal data a step plays with.</summary>
    internal static string? Subject(Fields f) => f.Has("subject") ? f.Text("subject", EntityName.Pattern(), EntityName.Rule) : null;

    /// <summary>The environment of one step, where it is not the pipeline's.</summary>
    internal static string? OwnEnvironment(Fields f) => f.Has("environment") ? f.Text("environment", PipelineFile.EnvironmentPattern(), PipelineFile.EnvironmentRule) : null;

    private static Dictionary<string, double> Shares(FileNode node)
    {
        var environments = node is FileMap map ? map.Entries.Select(entry => entry.Key).ToArray() : [];
        var shares = new Fields(node, "shares", "shares", environments);
        return environments.ToDictionary(environment => environment, environment => shares.Real(environment, null, 0, 1));
    }

    private static DemonstrationOptions? Demonstrations(string method, Fields f)
    {
        var given = ((string[])["failures", "invalidWeight"]).Where(f.Has).ToArray();
        if (given.Length > 0 && !TrainingMethods.Imitates(method))
            throw new PipelineFileException(f.KeyLineOf(given[0]), given[0], $"the method {method} learns from no demonstrations, and this says how they are taken.");
        return given.Length == 0 ? null : new(
            f.Has("failures") ? f.OneOf("failures", null, DemonstrationOptions.Marked) : null,
            f.OptionalReal("invalidWeight", 0, 1));
    }

    private static AdapterOptions Adapter(FileNode node)
    {
        var adapter = new Fields(node, "adapter", "adapter", "lora", "qlora");
        if (adapter.Has("lora") && adapter.Has("qlora"))
            throw new PipelineFileException(adapter.KeyLineOf("qlora"), "qlora", "an adapter is lora or qlora, not both.");
        return adapter.Has("qlora") ? new(Qlora: Lora(adapter, "qlora")) : new(Lora: Lora(adapter, "lora"));
    }

    private static LoraOptions Lora(Fields adapter, string kind)
    {
        var lora = new Fields(adapter.Required(kind), kind, kind, "rank", "alpha", "targets");
        var targets = lora.Has("targets") ? lora.Texts("targets") : null;
        for (var i = 0; i < targets?.Count; i++)
            if (!LoraOptions.AllTargets.Contains(targets[i]))
                throw new PipelineFileException(lora.LineOf("targets", i), "targets", $"'{targets[i]}' is not one of {string.Join(", ", LoraOptions.AllTargets)}.");
        return new((int)lora.Whole("rank", null, 1, Bounds.MostRank), lora.Real("alpha", null, 0, 100_000, open: true), targets);
    }

    private static PromoteStep Promote(Fields f)
    {
        IReadOnlyList<GateCondition> conditions;
        try
        {
            conditions = GateGrammar.Parse(f.Text("when"));
        }
        catch (FormatException e)
        {
            throw f.Refuse("when", e.Message);
        }

        var test = f.OneOf("test", "none", "none", "paired");
        if (test == "paired" && conditions.FirstOrDefault(c => c.LeftMetric != "success" || c.RightMetric != "success") is { } other)
            throw f.Refuse("test", $"the paired test compares success and nothing else, and '{other}' does not.");
        return new PromoteStep(
            f.Text("model", EntityName.Pattern(), EntityName.Rule),
            f.Text("alias", EntityName.Pattern(), EntityName.Rule),
            f.Texts("candidates"),
            conditions,
            test,
            f.Real("alpha", 0.05, 0, 1, open: true),
            f.OptionalText("role"));
    }

    [GeneratedRegex(@"\A[A-Za-z][A-Za-z0-9_-]{0,63}\z", RegexOptions.CultureInvariant)]
    private static partial Regex AsPattern();
}
