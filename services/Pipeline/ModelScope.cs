using AgentOps.Contracts;

namespace AgentOps.Pipeline;

/// <summary>The models that exist at a place in the plan: the base and every trained one, by name and in order; and the reward models, which play nothing and are no <c>current</c> model.</summary>
internal sealed class ModelScope(IReadOnlyDictionary<string, StepSpecification> declared)
{
    private readonly List<string> _history = [PipelinePlan.BasePath];
    private readonly Dictionary<string, string> _byName = new() { ["base"] = PipelinePlan.BasePath };
    private readonly Dictionary<string, string> _rewardModels = [];

    public void Add(TrainStep step, string path)
    {
        var isRewardModel = step.Method == TrainingMethods.Reward;
        if (!isRewardModel)
            _history.Add(path);
        if (step.As is { } name)
            (isRewardModel ? _rewardModels : _byName)[name] = path;
    }

    /// <summary>From here on the name means the model that the evaluation of this path chose.</summary>
    public void Keep(string name, string path) => _byName[name] = path;

    /// <summary>The path of the step that gives the reward model of this name.</summary>
    /// <exception cref="PlanException">No step before this one gives it.</exception>
    public string RewardModel(StepSpecification step, string key, string name) => _rewardModels.TryGetValue(name, out var path)
        ? path
        : throw new PlanException(step, key, $"'{name}' is not the name of an earlier reward training{(_rewardModels.Count > 0 ? $"; those are {string.Join(", ", _rewardModels.Keys)}" : "")}.");

    /// <summary>The path of a model of this name, which may be a reward model.</summary>
    /// <exception cref="PlanException">No step before this one gives it.</exception>
    public string PathOfAny(StepSpecification step, string key, string name) => _rewardModels.TryGetValue(name, out var path) ? path : Path(step, key, name);

    /// <summary>The path of the step that gives the model of this name.</summary>
    /// <exception cref="PlanException">No step before this one gives it, or it is a reward model.</exception>
    public string Path(StepSpecification step, string key, string name, int? item = null) => name switch
    {
        "current" => _history[^1],
        "previous" when _history.Count > 1 => _history[^2],
        "previous" => throw new PlanException(step, key, "no model comes before the current one yet.", item),
        _ when _byName.TryGetValue(name, out var path) => path,
        "expert" or "random" => throw new PlanException(step, key, $"'{name}' is not a model.", item),
        _ when _rewardModels.ContainsKey(name) => throw new PlanException(step, key, $"'{name}' is a reward model, which scores episodes and plays none: only an online training's 'rewardModel' and another reward training's 'from' may name it.", item),
        _ => throw new PlanException(step, key, Unknown(name, declared.GetValueOrDefault(name)), item),
    };

    public Func<StepOutputs, PolicyReference> Policy(StepSpecification step, string key, string name, int? item = null)
    {
        if (name is "expert" or "random")
        {
            var scripted = new PolicyReference(name == "expert" ? PolicyKind.Expert : PolicyKind.Random);
            return _ => scripted;
        }

        var path = Path(step, key, name, item);
        return outputs => new PolicyReference(PolicyKind.Model, outputs.Model(path));
    }

    /// <summary>A team whose members have these names.</summary>
    public PlannedTeam Team(StepSpecification step, string key, IReadOnlyDictionary<string, string> members, int? item = null)
    {
        var policies = members.Select(member => (Role: member.Key, Policy: Policy(step, key, member.Value, item))).ToArray();
        return new(members.ToDictionary(member => member.Key, member => Identity(member.Value)), outputs => PolicyReference.Team(policies.Select(member => KeyValuePair.Create(member.Role, member.Policy(outputs)))));
    }

    /// <summary>What a checked policy name stands for here: the path of its model, or the scripted policy's own name.</summary>
    public string Identity(string name) => name switch
    {
        "expert" or "random" => name,
        "current" => _history[^1],
        "previous" => _history[^2],
        _ => _byName[name],
    };

    private string Unknown(string name, StepSpecification? other) => other switch
    {
        null => $"no step is named '{name}'; the models so far are {Known()}.",
        TrainStep => $"'{name}' is trained only after this step; the models so far are {Known()}.",
        EvaluateStep evaluate when evaluate.Keep == name => $"'{name}' is kept only after this step; the models so far are {Known()}.",
        _ => $"'{name}' is a {Planner.KindOf(other)} step and gives no model; the models so far are {Known()}.",
    };

    private string Known() => string.Join(", ", _byName.Keys.Append("current"));
}
