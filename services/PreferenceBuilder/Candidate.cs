using AgentOps.Contracts;
using AgentOps.Environments;

namespace AgentOps.PreferenceBuilder;

/// <summary>A trajectory that a data set may take; of a team's, the sequence of one role.</summary>
/// <param name="Source">The place of its source in the work; experts usually come first.</param>
/// <param name="Accepted">Whether the judges accepted it, or nobody judged it.</param>
/// <param name="Succeeded">What a source of successes only is asked for.</param>
/// <param name="Withdrawn">Whether it is left out since it was withdrawn; then it is not usable.</param>
/// <param name="Subject">Whose personal data it is; null: nobody's.</param>
/// <param name="Usable">False where the episode failed, a judge found it unusable, or the role never had its turn: then it is neither good nor bad.</param>
/// <param name="Role">Whose sequence of a team's trajectory it is; null where there is one agent.</param>
public sealed record Candidate(TrajectoryId Trajectory, int Source, bool SuccessesOnly, TaskId Task, int Sample, bool Usable, bool Accepted, bool Succeeded, double Reward, TokenSequence Tokens, bool Withdrawn = false, string? Subject = null, string? Role = null)
{
    /// <summary>A data set's order is by task and sample, and of a team by role, never by position or arrival.</summary>
    public static IOrderedEnumerable<Candidate> Sorted(IEnumerable<Candidate> candidates) => candidates
        .OrderBy(c => c.Task.Environment, StringComparer.Ordinal).ThenBy(c => c.Task.Split).ThenBy(c => c.Task.Index)
        .ThenBy(c => c.Source).ThenBy(c => c.Sample).ThenBy(c => c.Role, StringComparer.Ordinal);

    /// <summary>What is compared: attempts at one task, and of teams those of one role, since each role is told something else.</summary>
    public (TaskId Task, string? Role) Group => (Task, Role);
}
