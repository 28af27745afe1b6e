using AgentOps.Environments;

namespace AgentOps.Agents;

/// <summary>One observation and what the agent did on it.</summary>
/// <param name="Observation">What the agent was told before it acted.</param>
/// <param name="Action">The text as it was played: <see cref="ActionText.Recorded"/>.</param>
/// <param name="Invalid">The environment did not understand it.</param>
/// <param name="Reward">What the action earned.</param>
/// <param name="Role">Who of a team took it; null where there is one agent.</param>
public sealed record Turn(string Observation, string Action, bool Invalid, double Reward, Sampled? Sampled = null, string? Role = null);

/// <summary>How an episode ended.</summary>
public enum EpisodeOutcome
{
    /// <summary>The environment said that it is over; the reward is the environment's.</summary>
    Scored,

    /// <summary>The turn limit, or the end of the policy's context, cut it off; the reward is what it had earned until then.</summary>
    Truncated,

    /// <summary>Policy or environment broke; there is no reward, which is not a reward of zero.</summary>
    Failed,
}

/// <summary>An episode, finished or as far as it has come.</summary>
/// <param name="Seed">Chooses among the policy's possible answers; the task does not depend on it.</param>
/// <param name="Now">What the agent was told last: the policy answers this.</param>
/// <param name="Outcome">Null while the episode runs.</param>
/// <param name="Reward">In [0, 1]; null while the episode runs and when it failed.</param>
/// <param name="Failure">The reason of an episode that failed, or that its policy could not go on with, in one sentence; else null.</param>
public sealed record Transcript(
    TaskId Task, string EnvironmentVersion, string TaskType, long Seed, IReadOnlyList<Turn> Turns, Observation Now,
    EpisodeOutcome? Outcome = null, double? Reward = null, string? Failure = null)
{
    /// <summary>The task is solved: a full reward.</summary>
    public bool Succeeded => Outcome == EpisodeOutcome.Scored && Reward >= 1;

    /// <summary>What whoever acts now has seen and done: in a team its role's own turns, else all.</summary>
    public IEnumerable<Turn> OwnTurns => Turns.Where(turn => turn.Role == Now.Role);

    public int InvalidActions => Turns.Count(turn => turn.Invalid);
}
