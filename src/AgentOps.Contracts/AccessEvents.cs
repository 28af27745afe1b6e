namespace AgentOps.Contracts;

/// <summary>Gateway's facts: who may call, who was refused, and who read the audit.</summary>
public static class AccessEvents
{
    public static readonly IReadOnlyList<EventType> All =
    [
        EventType.Of<KeyCreated>("access.key-created.v1"),
        EventType.Of<KeyRevoked>("access.key-revoked.v1"),
        EventType.Of<AuditRead>("access.audit-read.v1"),
        EventType.Of<CallsDenied>("access.calls-denied.v1"),
    ];
}

/// <summary>What a caller may do; each role includes those before it.</summary>
public enum Role
{
    Viewer,
    Reviewer,
    Operator,
    Admin,
}

/// <param name="Hash">The SHA-256 of the key; the key itself is shown once and stored nowhere.</param>
public sealed record KeyCreated(Guid Key, string Name, Role Role, Digest Hash, string CreatedBy) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Person, CreatedBy)];

    public IReadOnlyList<Reference> Outputs => [Reference.To(ReferenceKind.Person, Name)];
}

public sealed record KeyRevoked(Guid Key, string RevokedBy) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Person, RevokedBy)];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>Somebody asked for a lineage, its evidence, whose samples a data set has, what was withdrawn, deleted or deployed, or the ledger's events. It stands in the ledger before the answer goes out.</summary>
/// <param name="Path">With its query.</param>
public sealed record AuditRead(string Reader, string Path) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Person, Reader)];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>The calls that were refused since the last such event.</summary>
/// <param name="Omitted">How many more there were of other kinds, and by other callers, than those listed.</param>
public sealed record CallsDenied(IReadOnlyList<DeniedCalls> Calls, int Omitted) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>Calls that were refused alike.</summary>
/// <param name="Caller">The key's name; null for calls without a key that is in force.</param>
/// <param name="Address">From where.</param>
/// <param name="Path">As the method, <c>*</c> where there were too many kinds of calls to list each: then all further ones of this caller.</param>
/// <param name="Status">401, 403 or 429.</param>
/// <param name="First">When the first of them was refused, by the gateway's clock.</param>
public sealed record DeniedCalls(string? Caller, string Address, string Method, string Path, int Status, int Count, DateTimeOffset First);
