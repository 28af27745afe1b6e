using AgentOps.Contracts;

namespace AgentOps.Exports;

/// <summary>An event, and what the ledger says of it.</summary>
/// <param name="At">The ledger's clock.</param>
/// <param name="Actor">A person, or <c>service:NAME</c>.</param>
/// <param name="Service">Which service wrote it, of which version of the code.</param>
public sealed record Fact(long Position, Guid Id, string Stream, string Type, DateTimeOffset At, string Actor, string Service, string CodeVersion, Guid? Run, IEvent Data);

/// <summary>A model version and all that is known of how it came to be: what every document is written from.</summary>
/// <param name="Digest">The model's: the subject digest of OpenSSF Model Signing over its files.</param>
/// <param name="Ledger">The name of the ledger, by which its key is called too.</param>
/// <param name="Facts">In order of position: the events of its lineage, those of its runs' own streams, and the evaluations that it took part in.</param>
/// <param name="Made">The positions of those from which the model itself follows, without what was tried beside it.</param>
public sealed record ModelLineage(string Model, int Version, Digest Digest, string Ledger, IReadOnlyList<Fact> Facts, IReadOnlySet<long> Made)
{
    internal Reference Reference => ModelEvents.Version(Model, Version);

    /// <exception cref="InvalidOperationException">The facts do not have it.</exception>
    public (Fact Fact, ModelVersionRegistered Event) Registration => Facts.Of<ModelVersionRegistered>().First(f => f.Event.Model == Model && f.Event.Version == Version);

    internal IReadOnlyList<Fact> Ancestry => [.. Facts.Where(fact => Made.Contains(fact.Position))];
}

/// <summary>Looks into the facts of a lineage.</summary>
public static class Lineages
{
    public static IEnumerable<(Fact Fact, T Event)> Of<T>(this IEnumerable<Fact> facts) where T : IEvent =>
        facts.Where(fact => fact.Data is T).Select(fact => (fact, (T)fact.Data));
}
