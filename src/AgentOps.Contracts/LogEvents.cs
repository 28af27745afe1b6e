namespace AgentOps.Contracts;

/// <summary>Registry's facts about the signed log: which key speaks for it.</summary>
public static class LogEvents
{
    public static readonly IReadOnlyList<EventType> All = [EventType.Of<LogKeyRotated>("log.key-rotated.v1")];
}

/// <summary>From the first checkpoint that covers this event on, the log is signed with another key.</summary>
/// <param name="Log">The log's name, which stays that of its first key.</param>
/// <param name="Key">The new public key, as C2SP signed-note writes it.</param>
/// <param name="Statement">A C2SP signed note in which the old key names the new one, signed by both.</param>
public sealed record LogKeyRotated(string Log, string Key, string Statement, string RotatedBy) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Person, RotatedBy)];

    public IReadOnlyList<Reference> Outputs => [];
}
