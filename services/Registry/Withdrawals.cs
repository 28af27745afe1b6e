using System.Runtime.CompilerServices;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Dapper;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>What came of something, as far as the view of lineage has come.</summary>
/// <param name="Models">Each model that was learned from it, with the run that made it so.</param>
/// <param name="Versions">The registered ones, as <c>name:version</c>.</param>
/// <param name="Evaluations">Those with episodes of it: nothing was learned in them, and by their figures it was decided.</param>
public sealed record CameOf(IReadOnlySet<(Digest Model, RunId Run)> Models, IReadOnlyList<string> Versions, IReadOnlyList<EvaluationId> Evaluations);

/// <summary>What a withdrawal says against a candidate.</summary>
/// <param name="Learned">Its weights were learned from what was taken back; otherwise only the figures that would decide are of it.</param>
public sealed record WithdrawalFinding(WithdrawalId Withdrawal, bool Learned, string Sentence);

/// <summary>What was taken back of what bears on a version.</summary>
/// <param name="Learned">The withdrawals of what it learned from.</param>
/// <param name="Evaluations">Those with episodes of something that was taken back, whoever it was that they let pass.</param>
public sealed record TakenBack(IReadOnlyList<Guid> Learned, IReadOnlySet<EvaluationId> Evaluations);

/// <summary>Finds what was learned from what is withdrawn, and what was decided by it.</summary>
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
            await CaughtUpAsync(view, position, ct);
    }

    private static async Task CaughtUpAsync(Projection view, long position, CancellationToken ct)
    {
        if (await view.WaitForAsync(position, Patience, ct) is > 0 and var lag)
            throw new ProblemException(StatusCodes.Status503ServiceUnavailable, "view-lags", $"A view is {lag} events behind position {position}, and what was learned cannot be told before it is there: ask again in a moment.");
    }

    /// <exception cref="ProblemException">More was made of it than can be listed, or of a data set it cannot be told (409).</exception>
    public async Task<CameOf> CameOfAsync(Reference subject, CancellationToken ct)
    {
        var (came, untold) = await FoundAsync(subject, ct);
        return untold is null ? came : throw new ProblemException(StatusCodes.Status409Conflict, "downstream-incomplete", $"What was learned from {subject} cannot be told: {untold}.");
    }

    /// <returns>What could be found, and why that may not be all; null where it is.</returns>
    private async Task<(CameOf Came, string? Untold)> FoundAsync(Reference subject, CancellationToken ct)
    {
        var downstream = await new DownstreamWalk(db, subject, new Membership(subject, ledger, artifacts), MostThings, ofReviews: subject.Kind == ReferenceKind.Person).WalkAsync(ct);
        // What a gate decided about other candidates was not learned from it.
        var learned = downstream.Nodes.Where(node => node.Via is null).ToList();
        var models = learned.Where(node => node is { Reference.Kind: ReferenceKind.Model, Run: not null }).Select(node => (Digest.Parse(node.Reference.Id), RunId.From(node.Run!.Value))).ToHashSet();
        var versions = learned.Where(node => node.Reference.Kind == ReferenceKind.ModelVersion && node.Reference.Id.Contains(':', StringComparison.Ordinal)).Select(node => node.Reference.Id).ToList();
        return (new(models, versions, downstream.EvaluationsWithIt()), downstream.Complete ? null : downstream.Reason);
    }

    /// <summary>What learned from it, and what did not and was promoted by an evaluation with episodes of it; null where nothing was.</summary>
    public async Task<(Affected Learned, Affected? Decided)> AffectedAsync(CameOf came, CancellationToken ct)
    {
        string[] decided = [.. (await PromotedByAsync(came.Evaluations, ct)).Except(came.Versions)];
        return (new(came.Versions, await DeployedAsync(came.Versions, ct)), decided.Length > 0 ? new(decided, await DeployedAsync(decided, ct)) : null);
    }

    /// <summary>Every withdrawal, as the view of models has them.</summary>
    public async Task<IReadOnlyList<(WithdrawalId Id, Reference Subject)>> AllAsync(CancellationToken ct) => await db.ReadAsync<IReadOnlyList<(WithdrawalId, Reference)>>(async connection =>
        [.. (await connection.QueryAsync<(Guid Id, string Kind, string Subject)>(new CommandDefinition("SELECT id, kind, subject FROM withdrawal ORDER BY id", cancellationToken: ct)))
        .Select(row => (WithdrawalId.From(row.Id), new Reference(Enum.Parse<ReferenceKind>(row.Kind), row.Subject)))], ct);

    /// <summary>Why a candidate's model may not be promoted: its weights were learned from what is withdrawn, whichever run came to them, or the figures that would decide are of it.</summary>
    public async Task<ILookup<Digest, WithdrawalFinding>> FindingsAsync(PromoteWork work, CancellationToken ct)
    {
        var findings = new List<(Digest Model, WithdrawalFinding Finding)>();
        Digest[] candidates = [.. work.Candidates.Select(work.ModelOf).Distinct()];
        foreach (var (id, subject) in await AllAsync(ct))
        {
            var came = await CameOfAsync(subject, ct);
            var learned = came.Models.Select(learned => learned.Model).ToHashSet();
            foreach (var evaluation in work.Evaluations.Where(evaluation => came.Evaluations.Contains(evaluation.Evaluation)))
                findings.AddRange(candidates.Select(model => (model, new WithdrawalFinding(id, Learned: false, $"The evaluation '{evaluation.Name}' has episodes of {subject}, which withdrawal {id} took back: that bears on this decision, not on what was learned."))));
            findings.AddRange(candidates.Where(learned.Contains).Select(model => (model, new WithdrawalFinding(id, Learned: true, $"It was learned from {subject}, which withdrawal {id} took back."))));
        }
        return findings.ToLookup(found => found.Model, found => found.Finding);
    }

    /// <summary>What was taken back until now of what bears on a version: as its marks say, and as is found where what a withdrawal reached is not marked yet. A list of members that is lost somewhere else stops nobody.</summary>
    /// <exception cref="ProblemException">A view is too far behind (503).</exception>
    public async Task<TakenBack> OfVersionAsync(string model, int version, CancellationToken ct)
    {
        await CaughtUpAsync(await ledger.HeadAsync(ct), ct);
        var id = ModelEvents.Version(model, version).Id;
        var learned = (await db.ReadAsync(async connection => (await WithdrawalMarks.OfAsync(connection, [id])).Learned(id), ct)).ToHashSet();
        var evaluations = new HashSet<EvaluationId>();
        foreach (var (withdrawal, subject) in await AllAsync(ct))
        {
            var (came, _) = await FoundAsync(subject, ct);
            evaluations.UnionWith(came.Evaluations);
            if (came.Versions.Contains(id))
                learned.Add(withdrawal.Value);
        }
        return new([.. learned.Order()], evaluations);
    }

    private async Task<IEnumerable<string>> PromotedByAsync(IReadOnlyList<EvaluationId> evaluations, CancellationToken ct)
    {
        var promoted = new HashSet<string>();
        var models = new HashSet<string>();
        foreach (var position in await DownstreamRows.DecisionsAsync(db, evaluations, ct))
            switch ((await ledger.ReadAtAsync(position, ct))?.Data)
            {
                case PromotionDecided decided:
                    if (decided.Version is { } version)
                        promoted.Add(ModelEvents.Version(decided.Model, version).Id);
                    models.Add(decided.Model);
                    break;
                case AliasMoved moved:
                    promoted.Add(ModelEvents.Version(moved.Model, moved.Version).Id);
                    break;
            }
        foreach (var model in models)
            await foreach (var version in MovedUponAsync(model, evaluations, ct))
                promoted.Add(version.Id);
        return promoted;
    }

    /// <summary>Where a gate's decision moved nothing at once, the move that came of it names the last of its evaluations alone.</summary>
    private async IAsyncEnumerable<Reference> MovedUponAsync(string name, IReadOnlyList<EvaluationId> evaluations, [EnumeratorCancellation] CancellationToken ct)
    {
        Model? model = null;
        await foreach (var stored in ledger.ReadStreamAsync(Model.Stream(name), ct: ct))
        {
            if (stored.Data is AliasMoved moved && model!.EvaluationsBehind(moved).Intersect(evaluations).Any())
                yield return ModelEvents.Version(name, moved.Version);
            model = Model.Evolve(model, stored.Data);
        }
    }

    /// <summary>What answers with one of these versions, as the view of models has it.</summary>
    private Task<IReadOnlyList<string>> DeployedAsync(IReadOnlyList<string> versions, CancellationToken ct) => db.ReadAsync<IReadOnlyList<string>>(async connection =>
        [.. await connection.QueryAsync<string>(new CommandDefinition("SELECT name FROM deployment WHERE model || ':' || version = ANY(@versions) ORDER BY name", new { versions = versions.ToArray() }, cancellationToken: ct))], ct);
}
