using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder;

/// <summary>A line of a data set, and whose it is.</summary>
/// <param name="Members">The trajectory of the sample; of a pair the chosen and the rejected one.</param>
public sealed record DataLine<T>(T Sample, params IReadOnlyList<TrajectoryId> Members);
