using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Proofs;

namespace AgentOps.Registry;

/// <summary>What a lineage is asked of: a registered version, an alias's move to one, or a deployment of one.</summary>
/// <param name="Move">Of an alias; of a deployment where an alias named the version.</param>
public sealed record LineageRoot(string Model, int Version, Digest Digest, AliasDecision? Move = null, DeploymentDecision? Deployment = null)
{
    public Reference Reference => Asked[0].Reference;

    /// <summary>The deployment, the alias and the version, as far as they are asked for: the alias as of the one move, the deployment as of the one activation, the version as ever.</summary>
    internal IReadOnlyList<Asked> Asked =>
    [
        .. Deployment is null ? [] : new[] { new Asked(Reference.To(ReferenceKind.Deployment, Deployment.Deployment), Deployment.Position) },
        .. Move is null ? [] : new[] { new Asked(ModelEvents.AliasOf(Move.Model, Move.Alias), Move.Position) },
        new Asked(ModelEvents.Version(Model, Version)),
    ];

    /// <summary>Whether the view of lineage has seen it.</summary>
    /// <exception cref="ProblemException">It has not yet (503).</exception>
    internal void CheckSeen(IReadOnlyCollection<long> positions)
    {
        if (positions.Count == 0 || Asked.Any(asked => asked.By is { } by && !positions.Contains(by)))
            throw new ProblemException(503, "view-lags", $"{Reference.Id} is in the ledger, but the view of lineage has not reached it yet: ask again in a moment.");
    }
}

/// <summary>Finds the roots in the ledger, as they are now or were at a time.</summary>
internal static class LineageRoots
{
    /// <exception cref="ProblemException">There is no such version (404).</exception>
    public static async Task<LineageRoot> RootAsync(this LedgerStore ledger, string name, int version, CancellationToken ct) => new(name, version, (await ledger.VersionAsync(name, version, ct)).Digest);

    /// <param name="at">As it pointed then; null: now.</param>
    /// <exception cref="ProblemException">It points, or pointed then, at nothing (404).</exception>
    public static async Task<LineageRoot> RootAsync(this LedgerStore ledger, string name, string alias, DateTimeOffset? at, CancellationToken ct) =>
        await MoveAsync(ledger, name, alias, stored => at is null || stored.At <= at, ct) ?? throw ProblemException.NotFound("alias", Then($"{name}@{alias}", at));

    /// <param name="at">As it answered then; null: now.</param>
    /// <exception cref="ProblemException">There is none, or was none then (404).</exception>
    public static async Task<LineageRoot> DeploymentRootAsync(this LedgerStore ledger, string name, DateTimeOffset? at, CancellationToken ct)
    {
        var last = await ledger.ReadStreamAsync(Deployment.Stream(name), ct: ct).TakeWhile(stored => at is null || stored.At <= at).LastOrDefaultAsync(ct) ?? throw ProblemException.NotFound("deployment", Then(name, at));
        var activated = (DeploymentActivated)last.Data;
        var decision = new DeploymentDecision(name, activated.Model, activated.Version, activated.Previous?.ToString(), activated.ActivatedBy, last.At, last.Position, activated.Alias, activated.Reason);
        return activated is { Alias: { } alias, Move: { } move }
            ? (await MoveAsync(ledger, activated.Model, alias, stored => stored.Version <= move, ct))! with { Deployment = decision }
            : new(activated.Model, activated.Version, activated.Digest, null, decision);
    }

    private static async Task<LineageRoot?> MoveAsync(LedgerStore ledger, string name, string alias, Func<StoredEvent, bool> until, CancellationToken ct)
    {
        var history = await ledger.ReadStreamAsync(Registry.Model.Stream(name), ct: ct).TakeWhile(until).AggregateAsync(AliasHistory.New(alias), (history, stored) => history.After(stored), ct);
        return history.Move is { } move ? new(name, move.Version, history.Versions[move.Version], move) : null;
    }

    private static string Then(string what, DateTimeOffset? at) => at is null ? what : $"{what} at {at:u}";
}
