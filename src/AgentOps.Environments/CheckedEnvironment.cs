namespace AgentOps.Environments;

/// <summary>What holds for every environment alike: it plays its own tasks only, an action needs a running episode, it asks its own roles only, and a reward outside [0, 1] is an error.</summary>
internal sealed class CheckedEnvironment(string name, IReadOnlyList<string> roles, IEnvironment inner) : IEnvironment
{
    private TaskId? _task;
    private bool _done;
    private double _reward;

    public string TaskType
    {
        get
        {
            Running("A task has a type");
            return inner.TaskType;
        }
    }

    public Observation Reset(TaskId task)
    {
        ArgumentNullException.ThrowIfNull(task);
        if (task.Environment != name)
            throw new ArgumentException($"The task {task} belongs to the environment '{task.Environment}' and cannot be played in '{name}'.", nameof(task));
        (_task, _done, _reward) = (task, false, 0);
        return OfARole(inner.Reset(task));
    }

    public Outcome Step(string action)
    {
        ArgumentNullException.ThrowIfNull(action);
        var task = Running("An action can be taken");
        if (_done)
            throw new InvalidOperationException($"The episode of {task} is over: reset the environment before the next action.");
        var outcome = inner.Step(ActionText.Recorded(action).Trim());
        OfARole(outcome.Observation);
        _done = outcome.Done;
        _reward += outcome.Reward;
        // Not a comparison with the bounds: NaN has to be refused too.
        if (!(outcome.Reward >= 0 && _reward <= 1))
            throw new InvalidOperationException($"The episode of {task} was given the reward {outcome.Reward}, in all {_reward}: an episode's reward lies in [0, 1].");
        return outcome;
    }

    public string ExpertAction()
    {
        var task = Running("The expert can act");
        return _done ? throw new InvalidOperationException($"The episode of {task} is over: the expert has nothing left to do.") : inner.ExpertAction();
    }

    private Observation OfARole(Observation seen) => (seen.Role is { } role ? roles.Contains(role) : roles.Count == 0)
        ? seen
        : throw new InvalidOperationException($"The environment '{name}' asks {(seen.Role is { } asked ? $"the role '{asked}'" : "no role")}; {(roles.Count == 0 ? "it has no roles" : $"its roles are {string.Join(", ", roles)}")}.");

    private TaskId Running(string what) => _task ?? throw new InvalidOperationException($"{what} only after Reset has been called in '{name}'.");
}
