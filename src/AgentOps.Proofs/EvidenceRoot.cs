namespace AgentOps.Proofs;

/// <summary>What a bundle is about: a registered version, an alias's move to one, or a deployment of one.</summary>
/// <param name="Asked">The deployment, the alias and the version, as far as it is about them.</param>
internal sealed record EvidenceRoot(IReadOnlyList<EvidenceReference> Asked, EvidenceEvent? Move = null, EvidenceEvent? Activation = null)
{
    public EvidenceReference Version => Asked[^1];

    public DeploymentDecision? Deployment => Activation is null ? null : Activation.Read<ActivationData>() is var data
        ? new(data.Deployment, data.Model, data.Version, data.Previous, data.ActivatedBy, Activation.Time, Activation.Position, data.Alias, data.Reason) : null;

    /// <exception cref="EvidenceRefusedException">Of such things nothing can be proved.</exception>
    public static void Check(EvidenceReference subject)
    {
        if (subject.Kind is not (EvidenceReference.VersionKind or EvidenceReference.DeploymentKind))
            throw new EvidenceRefusedException($"The bundle is about a {subject.Kind}, and only a {EvidenceReference.VersionKind}, an alias or a {EvidenceReference.DeploymentKind} can be proved.");
    }

    /// <exception cref="EvidenceRefusedException">The events do not have what the bundle is about, or have more of it than one.</exception>
    public static EvidenceRoot Of(EvidenceReference subject, IReadOnlyList<EvidenceEvent> events) =>
        subject.Kind == EvidenceReference.DeploymentKind ? OfDeployment(subject, events)
        : subject.Id.Split('@') is [var model, var alias] ? OfAlias(subject, TheOne(events, $"move of {subject.Id}", e => Moves(e, model, alias)), model)
        : new([subject]);

    private static EvidenceRoot OfAlias(EvidenceReference alias, EvidenceEvent move, string model) => new([alias, VersionOf(model, move.Number("version"))], move);

    private static EvidenceRoot OfDeployment(EvidenceReference deployment, IReadOnlyList<EvidenceEvent> events)
    {
        var activation = TheOne(events, $"activation of {deployment.Id}", e => e.Type == ModelStream.Activated && e.Stream == $"deployment-{deployment.Id}");
        var data = activation.Read<ActivationData>();
        var version = VersionOf(data.Model, data.Version);
        if (data.Alias is null)
            return new([deployment, version], null, activation);
        var alias = EvidenceReference.AliasOf(data.Model, data.Alias);
        var move = TheOne(events, $"move of {alias.Id}", e => Moves(e, data.Model, data.Alias));
        return move.Version == data.Move && move.Number("version") == data.Version
            ? new([deployment, alias, version], move, activation)
            : throw new EvidenceRefusedException($"{deployment.Id} was activated by move {data.Move} of {alias.Id} to version {data.Version}, and the bundle has another: event {move.Position}.");
    }

    private static bool Moves(EvidenceEvent e, string model, string alias) => e.Type == ModelStream.Moved && e.Stream == ModelStream.Of(model) && e.Member("alias") == alias;

    private static EvidenceEvent TheOne(IReadOnlyList<EvidenceEvent> events, string what, Func<EvidenceEvent, bool> which)
    {
        var found = events.Where(which).ToList();
        return found is [var one] ? one : throw new EvidenceRefusedException($"The bundle must have one {what}, and has {found.Count}.");
    }

    private static EvidenceReference VersionOf(string model, int version) => new(EvidenceReference.VersionKind, $"{model}:{version}");
}
