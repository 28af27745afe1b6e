namespace AgentOps.Agents;

/// <summary>Who acts. It keeps no state of an episode: everything it needs is in the transcript, so one policy may play many episodes at once.</summary>
public interface IPolicy
{
    /// <summary>The answer to <see cref="Transcript.Now"/>.</summary>
    ValueTask<Reply> ActAsync(Transcript soFar, CancellationToken ct);
}
