using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Hosting;

public static class CausedEvents
{
    /// <summary>The context of what follows from an event: the same run and correlation, caused by it.</summary>
    public static EventContext Causes(this StoredEvent cause, string actor) =>
        new(actor, cause.Meta.Run, cause.Meta.Correlation ?? cause.Id, cause.Id);

    /// <summary>The context of what a person asked for.</summary>
    public static EventContext Asks(this Caller caller, RunId? run = null) => new(caller.Actor, run?.Value, Guid.CreateVersion7());
}
