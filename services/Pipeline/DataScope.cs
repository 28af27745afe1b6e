using AgentOps.Contracts;
using AgentOps.Environments;

namespace AgentOps.Pipeline;

/// <summary>Trajectories as a data set takes them.</summary>
/// <param name="Path">The generate step.</param>
/// <param name="JudgedBy">The judge step that decided over them, where one did.</param>
internal sealed record DataUse(string Name, string Path, string Environment, string? JudgedBy, bool SuccessesOnly);

/// <summary>The trajectories and pairs that exist at a place in the plan, who judged them, which tasks they used.</summary>
internal sealed class DataScope(IReadOnlyDictionary<string, StepSpecification> declared)
{
    /// <summary>After a generate step's name: those of its trajectories that solved their task.</summary>
    public const string Successes = ".successes";

    private sealed record Generation(GenerateStep Step, string Environment, string Name, string Path, long FirstTask);

    private readonly List<Generation> _generations = [];
    private readonly Dictionary<string, string> _judgedBy = [];
    private readonly Dictionary<string, string> _pairs = [];
    private readonly Dictionary<(string Environment, string Split), long> _nextTask = [];
    private readonly Dictionary<(string Environment, string Split), long> _firstLearnable = [];
    private readonly Dictionary<(string Environment, string Split), long> _choosing = [];
    private readonly Dictionary<string, IReadOnlyList<DataUse>> _trainedOn = [];
    private readonly HashSet<string> _ofSomeModel = [];
    private readonly Dictionary<string, string> _strategies = [];
    private string? _lastPairs;

    /// <summary>The first task of a generation: 0, the one after the highest that the run has used of this environment and split, or that of an earlier generation.</summary>
    public long FirstTask(StepSpecification step, string environment, string split, string tasks)
    {
        bool Plays(Generation generation) => generation.Environment == environment && generation.Step.Split == split;
        return tasks switch
        {
            "same" => 0,
            "fresh" => _nextTask.GetValueOrDefault((environment, split)),
            var name => _generations.LastOrDefault(g => g.Name == name && Plays(g))?.FirstTask
                ?? throw new PlanException(step, "tasks", $"'{name}' is neither same nor fresh nor the name of an earlier generate step on the split {split} of {environment}{Listed(_generations.Where(Plays).Select(g => g.Name).Distinct())}."),
        };
    }

    /// <summary>Models may learn from these tasks from here on.</summary>
    /// <param name="end">One more than the highest task index.</param>
    /// <exception cref="PlanException">They serve the choice of a model.</exception>
    public void MayLearn(StepSpecification step, string environment, string split, long first, long end)
    {
        Used(environment, split, end);
        _firstLearnable[(environment, split)] = Math.Min(_firstLearnable.GetValueOrDefault((environment, split), long.MaxValue), first);
        RefuseOverlap(step, "split");
    }

    /// <summary>The tasks from number 0 on choose a model.</summary>
    /// <param name="end">One more than the highest task index.</param>
    /// <exception cref="PlanException">Models may have learned from one of them.</exception>
    public void Choose(StepSpecification step, string environment, string split, long end)
    {
        _choosing[(environment, split)] = Math.Max(_choosing.GetValueOrDefault((environment, split)), end);
        RefuseOverlap(step, "keep");
    }

    /// <summary>What the model of this path has learned from is known only when the run is there.</summary>
    public void OfSomeModel(string path) => _ofSomeModel.Add(path);

    /// <summary>Environments that are made of each other's tasks count as one.</summary>
    private void RefuseOverlap(StepSpecification step, string key)
    {
        foreach (var ((environment, split), end) in _choosing)
            foreach (var ((other, _), first) in _firstLearnable.Where(tasks => tasks.Key.Split == split && HaveTasksInCommon(environment, tasks.Key.Environment) && tasks.Value < end))
                throw new PlanException(step, key, $"the first {end} tasks of the split {split} of {environment} choose the model that is kept, and models may learn from the tasks of {other} from number {first} on: let what is learned from play other tasks, 'tasks: fresh' after the evaluation or the split train.");
    }

    private static bool HaveTasksInCommon(string one, string other) => MadeOf(one).Append(one).Intersect(MadeOf(other).Append(other)).Any();

    // A run of before may name an environment that is gone.
    private static IReadOnlyList<string> MadeOf(string environment) => Catalogue.All.FirstOrDefault(info => info.Name == environment)?.MadeOf ?? [];

    /// <param name="end">One more than the highest task index.</param>
    public void Used(string environment, string split, long end) => _nextTask[(environment, split)] = Math.Max(_nextTask.GetValueOrDefault((environment, split)), end);

    /// <summary>A generate step without <c>as</c> is known by its policy's name.</summary>
    public void AddGeneration(GenerateStep step, string environment, string path, long firstTask) => _generations.Add(new Generation(step, environment, step.As ?? step.Policy, path, firstTask));

    public void AddPairs(PairStep step, string path)
    {
        _lastPairs = path;
        _strategies[path] = step.Strategy;
        if (step.As is { } name)
            _pairs[name] = path;
    }

    /// <summary>The paths of every generation that no judge step has covered yet; from here on this one covers them.</summary>
    public IReadOnlyList<string> Judge(JudgeStep step, string path)
    {
        var open = _generations.Select(g => g.Path).Where(p => !_judgedBy.ContainsKey(p)).ToArray();
        if (open.Length == 0)
            throw new PlanException(step, "with", "there is nothing to judge: no generate step stands before this step and after the last judge step.");
        foreach (var generation in open)
            _judgedBy[generation] = path;
        return open;
    }

    /// <summary>What a supervised training learns from: its own <c>data</c>, else that of the model it starts from, else all that was generated to learn from.</summary>
    public IReadOnlyList<DataUse> Demonstrations(TrainStep step, string from, string path)
    {
        var data = step.Data.Count > 0 ? Trajectories(step, step.Data)
            : _ofSomeModel.Contains(from) ? throw new PlanException(step, "from", $"'{step.From}' comes from a model that an evaluation keeps, and which one that is, and so what it learned from, is known only when it runs: name the 'data'.")
            : _trainedOn.TryGetValue(from, out var inherited) ? [.. inherited.Select(d => Use(d.Name, d.Path, d.SuccessesOnly))]
            : Everything();
        if (data.Count == 0)
            throw new PlanException(step, "method", "there is nothing to learn from: no generate step of the split train or dev stands before this step.");
        _trainedOn[path] = data;
        return data;
    }

    /// <summary>What a training on verdicts learns from: its own <c>data</c>, else all that was generated to learn from.</summary>
    public IReadOnlyList<DataUse> Judged(TrainStep step)
    {
        var data = step.Data.Count > 0 ? Trajectories(step, step.Data) : Everything();
        return data.Any(d => d.JudgedBy is not null)
            ? data
            : throw new PlanException(step, step.Data.Count > 0 ? "data" : "method", $"{step.Method} learns from what judges accepted and what they did not, and no judge step stands between such trajectories and this step.");
    }

    /// <summary>A model trained on preferences passes on the demonstrations of the model it started from.</summary>
    public void Inherit(string path, string from)
    {
        if (_ofSomeModel.Contains(from))
            _ofSomeModel.Add(path);
        if (_trainedOn.TryGetValue(from, out var data))
            _trainedOn[path] = data;
    }

    public IReadOnlyList<DataUse> Trajectories(StepSpecification step, IReadOnlyList<string> names) => [.. names.Select((name, i) => Find(step, name, i))];

    /// <summary>The path of the pair step that a preference training learns from.</summary>
    public string Pairs(TrainStep step)
    {
        var path = PathOfPairs(step);
        return step.Method != TrainingMethods.Reward || _strategies[path] is PairStep.Contrast or PairStep.People
            ? path
            : throw new PlanException(step, step.Data.Count > 0 ? "data" : "method", $"a reward model scores whole episodes, and the pairs of {path} are of single actions (strategy {_strategies[path]}): use pairs of the strategy {PairStep.Contrast} or {PairStep.People}.");
    }

    private string PathOfPairs(TrainStep step)
    {
        if (step.Data.Count == 0)
            return _lastPairs ?? throw new PlanException(step, "method", $"{step.Method} learns from pairs, and no pair step stands before this step.");
        if (step.Data.Count > 1)
            throw new PlanException(step, "data", $"{step.Method} learns from one pair step.", 1);
        return _pairs.TryGetValue(step.Data[0], out var path)
            ? path
            : throw new PlanException(step, "data", $"'{step.Data[0]}' is not the name of an earlier pair step{Listed(_pairs.Keys)}.", 0);
    }

    private IReadOnlyList<DataUse> Everything() => [.. _generations.Where(g => MayBeLearned(g.Step.Split)).Select(g => Use(g.Name, g.Path, false))];

    private DataUse Find(StepSpecification step, string text, int item)
    {
        var successes = text.EndsWith(Successes, StringComparison.Ordinal);
        var name = successes ? text[..^Successes.Length] : text;
        var found = _generations.Where(g => g.Name == name).ToArray();
        if (found.Length == 0)
            throw new PlanException(step, "data", Unknown(name), item);
        if (found.DistinctBy(g => g.Step, ReferenceEqualityComparer.Instance).Count() > 1)
            throw new PlanException(step, "data", $"'{name}' may mean any of the steps {string.Join(" and ", found.Select(g => g.Path))}; name them with 'as'.", item);
        if (!MayBeLearned(found[^1].Step.Split))
            throw new PlanException(step, "data", $"'{name}' plays held-out tasks of the split {found[^1].Step.Split}, which nothing may learn from.", item);
        return Use(name, found[^1].Path, successes);
    }

    private string Unknown(string name)
    {
        var known = Listed(_generations.Select(g => g.Name).Distinct());
        return declared.TryGetValue(name, out var other) && other is not GenerateStep
            ? $"'{name}' is a {Planner.KindOf(other)} step and holds no trajectories{known}."
            : $"'{name}' is not the name of an earlier generate step{known}.";
    }

    private DataUse Use(string name, string path, bool successesOnly) => new(name, path, _generations.First(g => g.Path == path).Environment, _judgedBy.GetValueOrDefault(path), successesOnly);

    /// <summary>Whether models may learn from this split; the others are held out.</summary>
    public static bool MayBeLearned(string split) => split is "train" or "dev";

    private static string Listed(IEnumerable<string> names) => names.Any() ? $"; those are {string.Join(", ", names)}" : "";
}
