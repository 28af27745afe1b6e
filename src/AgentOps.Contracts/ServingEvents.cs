namespace AgentOps.Contracts;

/// <summary>Serving's facts.</summary>
public static class ServingEvents
{
    public static readonly IReadOnlyList<EventType> All = [EventType.Of<ModelLoaded>("serving.model-loaded.v1")];
}

/// <summary>A deployed model was loaded, its digest verified, and answers from here on.</summary>
public sealed record ModelLoaded(string Deployment, Digest Model) : IEvent
{
    public IReadOnlyList<Reference> Inputs => [Reference.Model(Model), Reference.To(ReferenceKind.Deployment, Deployment)];

    public IReadOnlyList<Reference> Outputs => [];
}
