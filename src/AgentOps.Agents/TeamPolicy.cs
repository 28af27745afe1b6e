namespace AgentOps.Agents;

/// <summary>A team of which each role has a policy of its own: whoever is asked acts.</summary>
/// <param name="members">By role; one for each role of the environment.</param>
public sealed class TeamPolicy(IReadOnlyDictionary<string, IPolicy> members) : IPolicy
{
    public IEnumerable<IPolicy> Members => members.Values;

    /// <exception cref="InvalidOperationException">The team has nobody for the role that is asked.</exception>
    public ValueTask<Reply> ActAsync(Transcript soFar, CancellationToken ct) => soFar.Now.Role is { } role && members.TryGetValue(role, out var member)
        ? member.ActAsync(soFar, ct)
        : throw new InvalidOperationException($"The team has members for {string.Join(", ", members.Keys)}, and {soFar.Task} asks {soFar.Now.Role ?? "an agent without a role"}.");
}
