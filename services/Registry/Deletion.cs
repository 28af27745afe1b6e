using AgentOps.Contracts;

namespace AgentOps.Registry;

/// <summary>How far the deletion of a run's files is.</summary>
/// <param name="Answer">What the last request came to; null while it is under way.</param>
public sealed record Deletion(DeletionRequested Asked, IEvent? Answer)
{
    public static Deletion Evolve(Deletion? state, IEvent @event) => @event is DeletionRequested request ? new(request, null) : state! with { Answer = @event };

    /// <summary>What is under way or done is not asked for again; what was refused may be.</summary>
    public static IReadOnlyList<IEvent> Request(Deletion? state, DeletionRequested request) => state is null or { Answer: DeletionRefused } ? [request] : [];

    public static IReadOnlyList<IEvent> Finish(Deletion? state, IEvent answer) => state is { Answer: null } ? [answer] : [];
}
