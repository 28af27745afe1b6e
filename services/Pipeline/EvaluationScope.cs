using AgentOps.Contracts;

namespace AgentOps.Pipeline;

/// <summary>An evaluation that a gate may use.</summary>
/// <param name="Split">Of its tasks.</param>
/// <param name="Played">Its policies: name to the model's path, to the scripted policy's name, or to the team's members.</param>
/// <param name="Teams">Those of them that are teams.</param>
internal sealed record PlannedEvaluation(string Name, string Path, string Split, IReadOnlyDictionary<string, string> Played, IReadOnlyDictionary<string, PlannedTeam> Teams);

/// <summary>The evaluations that exist at a place in the plan, and what a gate's names mean.</summary>
internal sealed class EvaluationScope(IReadOnlyDictionary<string, StepSpecification> declared)
{
    private readonly List<PlannedEvaluation> _evaluations = [];

    public void Add(EvaluateStep step, string path, IReadOnlyDictionary<string, string> played, IReadOnlyDictionary<string, PlannedTeam> teams) =>
        _evaluations.Add(new PlannedEvaluation(step.As ?? path, path, step.Split, played, teams));

    /// <summary>The team that the last evaluation played under this name; null where none did.</summary>
    public PlannedTeam? Team(string name) => _evaluations.LastOrDefault(evaluation => evaluation.Teams.ContainsKey(name))?.Teams[name];

    /// <summary>The evaluations that the gate names, or else the last one that played the candidates and everything the gate compares.</summary>
    /// <exception cref="PlanException">A name is neither an earlier evaluation nor a policy that one played, or a candidate was not evaluated.</exception>
    public IReadOnlyList<PlannedEvaluation> For(PromoteStep step, IReadOnlyList<(string Name, string Path)> candidates)
    {
        var names = step.When.SelectMany(c => (string[])[c.LeftName, c.RightName]).Distinct().ToArray();
        var named = names.Select(Latest).OfType<PlannedEvaluation>().ToArray();
        var policies = names.Where(n => Latest(n) is null).ToArray();
        foreach (var policy in policies)
            if (!_evaluations.Any(e => e.Played.ContainsKey(policy)))
                throw new PlanException(step, "when", Unknown(policy));
        if (named.Length > 0)
            return Named(step, named, policies, candidates);
        var together = _evaluations.LastOrDefault(e => policies.All(e.Played.ContainsKey) && candidates.All(c => Played(e, c)));
        return together is not null ? [together] : throw NotTogether(step, candidates);
    }

    private static PlannedEvaluation[] Named(PromoteStep step, PlannedEvaluation[] named, string[] policies, IReadOnlyList<(string Name, string Path)> candidates)
    {
        foreach (var evaluation in named)
            for (var i = 0; i < candidates.Count; i++)
                if (!Played(evaluation, candidates[i]))
                    throw new PlanException(step, "candidates", $"the evaluation '{evaluation.Name}' did not play '{candidates[i].Name}' as it stands here.", i);
        foreach (var policy in policies)
            if (!named.Any(e => e.Played.ContainsKey(policy)))
                throw new PlanException(step, "when", $"'{policy}' is not among the policies of {string.Join(" or ", named.Select(e => e.Name))}.");
        foreach (var condition in step.When)
            Together(step, condition, named);
        return named;
    }

    /// <summary>An evaluation compared with a policy must have played that policy itself: only then are the tasks the same.</summary>
    private static void Together(PromoteStep step, GateCondition condition, PlannedEvaluation[] named)
    {
        foreach (var (name, other) in ((string, string)[])[(condition.LeftName, condition.RightName), (condition.RightName, condition.LeftName)])
            if (named.FirstOrDefault(e => e.Name == name) is { } evaluation && named.All(e => e.Name != other) && !evaluation.Played.ContainsKey(other))
                throw new PlanException(step, "when", $"the evaluation '{name}' did not play '{other}'.");
    }

    private PlanException NotTogether(PromoteStep step, IReadOnlyList<(string Name, string Path)> candidates)
    {
        for (var i = 0; i < candidates.Count; i++)
            if (!_evaluations.Any(e => Played(e, candidates[i])))
                return new PlanException(step, "candidates", $"no earlier evaluate step played '{candidates[i].Name}' as it stands here.", i);
        return new PlanException(step, "when", "no earlier evaluate step played the candidates and all policies of the gate together.");
    }

    private static bool Played(PlannedEvaluation evaluation, (string Name, string Path) candidate) =>
        evaluation.Played.TryGetValue(candidate.Name, out var model) && model == candidate.Path;

    private PlannedEvaluation? Latest(string name) => _evaluations.LastOrDefault(e => e.Name == name);

    private string Unknown(string name) => declared.TryGetValue(name, out var step) && step is EvaluateStep
        ? $"the evaluation '{name}' comes only after this step."
        : $"'{name}' is neither an earlier evaluate step nor a policy that one played.";
}
