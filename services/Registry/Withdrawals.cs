using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>What was learned from something, as far as the view of lineage has come.</summary>
/// <param name="Models">Each model that was learned from it, with the run that made it so.</param>
/// <param name="Versions">The registered ones, as <c>name:version</c>.</param>
/// <param name="Deployments">Those that answer with one of the versions now.</param>
public sealed record Learned(IReadOnlySet<(Digest Model, RunId Run)> Models, IReadOnlyList<string> Versions, IReadOnlyList<string> Deployments);

/// <summary>Finds what was learned from what is withdrawn.</summary>
public sealed class Withdrawals(
    NpgsqlDataSource db, LedgerStore ledger, ArtifactStore artifacts, [FromKeyedServices("models")] Projection models, [FromKeyedServices("lineage")] Projection lineage)
{
    // An environment's version has the token file of every shard that was ever played in it downstream.
    private const int MostThings = 500_000;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    /// <summary>Waits until the views have seen everything up to a position: only then they can say what was learned from something.</summary>
    /// <exception cref="ProblemException">They are too far behind (503).</exception>
    public async Task CaughtUpAsync(long position, CancellationToken ct)
    {
        foreach (var view in (Projection[])[models, lineage])
            if (await view.WaitForAsync(position, Patience, ct) is > 0 and var lag)
                throw new ProblemException(StatusCodes.Status503ServiceUnavailable, "view-lags", $"A view is {lag} events behind position {position}, and what was learned cannot be told before it is there: ask again in a moment.");
    }

    /// <exception cref="ProblemException">More was made of it than can be listed, or of a data set it cannot be told (409).</exception>
    public async Task<Learned> LearnedFromAsync(Reference subject, CancellationToken ct)
    {
        var downstream = await new DownstreamWalk(db, subject, new Membership(subject, ledger, artifacts), MostThings, ofReviews: subject.Kind == ReferenceKind.Person).WalkAsync(ct);
        if (!downstream.Complete)
            throw new ProblemException(StatusCodes.Status409Conflict, "downstream-incomplete", $"What was learned from {subject} cannot be told: {downstream.Reason}.");
        // What a gate decided about other candidates was not learned from it.
        var learned = downstream.Nodes.Where(node => node.Via is null).ToList();
        var models = learned.Where(node => node is { Reference.Kind: ReferenceKind.Model, Run: not null }).Select(node => (Digest.Parse(node.Reference.Id), RunId.From(node.Run!.Value))).ToHashSet();
        var versions = learned.Where(node => node.Reference.Kind == ReferenceKind.ModelVersion && node.Reference.Id.Contains(':', StringComparison.Ordinal)).Select(node => node.Reference.Id).ToList();
        var deployments = new List<string>();
        foreach (var name in learned.Where(node => node.Reference.Kind == ReferenceKind.Deployment).Select(node => node.Reference.Id))
            if ((await ledger.FoldAsync<Deployment>(Deployment.Stream(name), Deployment.Evolve, ct)).State is { } now && versions.Contains($"{now.Model}:{now.Version}"))
                deployments.Add(name);
        return new(models, versions, deployments);
    }

    /// <summary>Every withdrawal, as the view of models has them.</summary>
    public async Task<IReadOnlyList<(WithdrawalId Id, Reference Subject)>> AllAsync(CancellationToken ct) => await db.ReadAsync<IReadOnlyList<(WithdrawalId, Reference)>>(async connection =>
        [.. (await connection.QueryAsync<(Guid Id, string Kind, string Subject)>(new CommandDefinition("SELECT id, kind, subject FROM withdrawal ORDER BY id", cancellationToken: ct)))
        .Select(row => (WithdrawalId.From(row.Id), new Reference(Enum.Parse<ReferenceKind>(row.Kind), row.Subject)))], ct);

    /// <summary>Why a model may not be promoted: its weights were learned from what is withdrawn, whichever run came to them.</summary>
    public async Task<ILookup<Digest, string>> FindingsAsync(CancellationToken ct)
    {
        var findings = new List<(Digest Model, string Finding)>();
        foreach (var (id, subject) in await AllAsync(ct))
            findings.AddRange((await LearnedFromAsync(subject, ct)).Models.Select(learned => learned.Model).Distinct().Select(model => (model, $"It was learned from {subject}, which withdrawal {id} took back.")));
        return findings.ToLookup(found => found.Model, found => found.Finding);
    }
}
