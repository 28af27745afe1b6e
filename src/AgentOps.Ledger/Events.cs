using AgentOps.Contracts;

namespace AgentOps.Ledger;

/// <summary>Who writes: a service and the version of its code, stored with every event.</summary>
public sealed record Producer(string Service, string CodeVersion);

/// <summary>On whose behalf and within what an event is appended.</summary>
/// <param name="Actor">A person or a service.</param>
/// <param name="Causation">The event that led to this one; with it, a redelivered message appends nothing twice.</param>
/// <param name="SubjectKey">The subject under whose key the event's data is encrypted.</param>
public sealed record EventContext(string Actor, Guid? Run = null, Guid? Correlation = null, Guid? Causation = null, string? SubjectKey = null);

/// <summary>What the ledger keeps beside an event's data.</summary>
public sealed record EventMeta(
    string Actor, string Service, string CodeVersion, Guid? Run = null, Guid? Correlation = null, Guid? Causation = null, string? SubjectKey = null)
{
    public static EventMeta Of(EventContext context, Producer producer) => new(
        context.Actor, producer.Service, producer.CodeVersion, context.Run, context.Correlation, context.Causation, context.SubjectKey);
}

/// <summary>An event to append. The id makes a repeat land on itself.</summary>
public sealed record NewEvent(Guid Id, IEvent Data)
{
    /// <summary>With a new id: for what happens once, not for work that may be repeated.</summary>
    public static NewEvent Of(IEvent data) => new(Guid.CreateVersion7(), data);
}

/// <summary>An event of the ledger.</summary>
/// <param name="Position">1, 2, 3 … without a gap over all streams.</param>
/// <param name="Version">1, 2, 3 … within the stream.</param>
/// <param name="At">The database's clock, in microseconds.</param>
public sealed record StoredEvent(long Position, Guid Id, string Stream, int Version, string Type, IEvent Data, EventMeta Meta, DateTimeOffset At);

/// <summary>The version a stream must have for a write to be accepted.</summary>
public readonly record struct Expected
{
    private Expected(int value) => Value = value;

    /// <summary>-1 for any, 0 for a stream without events.</summary>
    internal int Value { get; }

    public static Expected Any => new(-1);

    public static Expected NoStream => new(0);

    /// <param name="version">The stream's last version; 0 means that it has no events yet.</param>
    public static Expected Version(int version) => version >= 0
        ? new(version)
        : throw new ArgumentOutOfRangeException(nameof(version), version, "A stream's version is 0 or more.");

    public override string ToString() => Value switch { -1 => "any version", 0 => "no stream", _ => $"version {Value}" };
}

/// <summary>Events for one stream, in their order.</summary>
/// <param name="Stream"><c>category-id</c>; the category is what stands before the first hyphen and decides who may write.</param>
public sealed record StreamWrite(string Stream, Expected Expected, IReadOnlyList<NewEvent> Events);

/// <summary>Where one write of an append stands.</summary>
public sealed record WrittenStream(string Stream, long FirstPosition, long LastPosition, int Version);

/// <summary>Where an append stands in the ledger.</summary>
/// <param name="Repeated">True when all its events had been stored before under the same ids.</param>
public sealed record AppendResult(bool Repeated, IReadOnlyList<WrittenStream> Writes)
{
    /// <summary>The last position written: a view that has reached it shows everything of this append.</summary>
    public long Position => Writes.Max(write => write.LastPosition);
}
