using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Hosting;

public static class CausedEvents
{
    /// <summary>The context of what follows from an event: the same run and correlation, caused by it.</summary>
    /// <param name="answering">The queue by which the event came; its service is the actor.</param>
    public static EventContext Causes(this StoredEvent cause, WorkQueue answering) =>
        new(Caller.Service(answering.Service).Actor, cause.Meta.Run, cause.Meta.Correlation ?? cause.Id, cause.Id);

    /// <summary>The context of what a service does of itself for a run, when time or a lease says so.</summary>
    public static EventContext ActsFor(this WorkQueue queue, RunId run) => new(Caller.Service(queue.Service).Actor, run.Value);

    /// <summary>The context of what a person asked for.</summary>
    public static EventContext Asks(this Caller caller, RunId? run = null) => new(caller.Actor, run?.Value, Guid.CreateVersion7());
}
