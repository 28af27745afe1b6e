using AgentOps.Contracts;
using AgentOps.Environments;

namespace AgentOps.PreferenceBuilder;

/// <summary>A trajectory that a data set may take.</summary>
/// <param name="Source">The place of its source in the work; experts usually come first.</param>
/// <param name="Accepted">Whether the judges accepted it, or nobody judged it.</param>
/// <param name="Succeeded">What a source of successes only is asked for.</param>
/// <param name="Withdrawn">Whether it is left out since it was withdrawn; then it is not usable.</param>
/// <param name="Subject">Whose personal data it is; null: nobody's.</param>
/// <param name="Usable">False where the episode failed or a judge found it unusable: then it is neither good nor bad.</param>
public sealed record Candidate(TrajectoryId Trajectory, int Source, bool SuccessesOnly, TaskId Task, int Sample, bool Usable, bool Accepted, bool Succeeded, double Reward, TokenSequence Tokens, bool Withdrawn = false, string? Subject = null)
{
    /// <summary>A data set's order is by task and sample, never by position or arrival.</summary>
    public static IOrderedEnumerable<Candidate> Sorted(IEnumerable<Candidate> candidates) => candidates
        .OrderBy(c => c.Task.Environment, StringComparer.Ordinal).ThenBy(c => c.Task.Split).ThenBy(c => c.Task.Index)
        .ThenBy(c => c.Source).ThenBy(c => c.Sample);
}
