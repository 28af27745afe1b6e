namespace AgentOps.Environments;

/// <summary>What the agent is told, and every action that would be understood now (a model is not shown the list).</summary>
/// <param name="Role">Who of a team is told it and acts on it, one of <see cref="EnvironmentInfo.Roles"/>; null where there is one agent.</param>
public sealed record Observation(string Text, IReadOnlyList<string> AdmissibleActions, string? Role = null);

/// <summary>What one action led to.</summary>
/// <param name="Observation">What the agent is told next.</param>
/// <param name="Reward">What this action earned; an episode's reward is the sum and lies in [0, 1].</param>
/// <param name="Done">The episode is over and takes no further action.</param>
/// <param name="Invalid">The text was not understood, or named something impossible: a mistake that costs a turn and changes nothing.</param>
public sealed record Outcome(Observation Observation, double Reward, bool Done, bool Invalid);

/// <summary>A text world of one episode at a time. Everything follows from the task and the actions; any text is an answer, never an exception.</summary>
public interface IEnvironment
{
    /// <summary>The kind of the present task, one of <see cref="EnvironmentInfo.TaskTypes"/>.</summary>
    string TaskType { get; }

    Observation Reset(TaskId task);

    Outcome Step(string action);

    /// <summary>What the scripted expert does here. It knows what the agent has been told and no more, except where the environment's page says so.</summary>
    string ExpertAction();
}
