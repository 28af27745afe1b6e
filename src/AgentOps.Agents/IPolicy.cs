namespace AgentOps.Agents;

/// <summary>Who acts. It keeps no state of an episode: everything it needs is in the transcript, so one policy may play many episodes at once.</summary>
public interface IPolicy
{
    /// <summary>The answer to <see cref="Transcript.Now"/>.</summary>
    /// <exception cref="PolicyExhaustedException">There is no room for another turn.</exception>
    ValueTask<Reply> ActAsync(Transcript soFar, CancellationToken ct);
}

/// <summary>The policy can take no further turn, since its context is full. That is its own doing: the episode is cut off there and has not failed.</summary>
public sealed class PolicyExhaustedException(string message) : Exception(message);
