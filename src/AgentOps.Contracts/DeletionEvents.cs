namespace AgentOps.Contracts;

/// <summary>Registry's facts about files that are removed. Events never are.</summary>
public static class DeletionEvents
{
    public static readonly IReadOnlyList<EventType> All =
    [
        EventType.Of<DeletionRequested>("deletion.requested.v1"),
        EventType.Of<DeletionCompleted>("deletion.completed.v1"),
        EventType.Of<DeletionRefused>("deletion.refused.v1"),
    ];

    /// <summary>The stream in which a run's files are asked to be deleted and are.</summary>
    public static string DeletionStream(this RunId run) => $"deletion-{run}";
}

/// <summary>From now on nothing takes over what the run made.</summary>
public sealed record DeletionRequested(RunId Run, string Reason, string RequestedBy) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Run, Run), Reference.To(ReferenceKind.Person, RequestedBy)];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <param name="Deleted">How many of the files and folders that the run had made are in the store no more.</param>
/// <param name="Kept">How many are, since others have come to the same or read it, or since it was stored again a moment ago.</param>
public sealed record DeletionCompleted(RunId Run, int Deleted, int Kept) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Run, Run)];

    public IReadOnlyList<Reference> Outputs => [];
}

/// <summary>Nothing was deleted.</summary>
public sealed record DeletionRefused(RunId Run, string Reason) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.To(ReferenceKind.Run, Run)];

    public IReadOnlyList<Reference> Outputs => [];
}
