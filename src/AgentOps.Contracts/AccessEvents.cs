namespace AgentOps.Contracts;

/// <summary>Gateway's facts: who may call.</summary>
public static class AccessEvents
{
    public static readonly IReadOnlyList<EventType> All =
    [
        EventType.Of<KeyCreated>("access.key-created.v1"),
        EventType.Of<KeyRevoked>("access.key-revoked.v1"),
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
