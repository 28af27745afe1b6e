using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>What may be removed of the files that a run made: nothing that a registered version is made of, and nothing that another run has.</summary>
/// <remarks>The lists of data sets' members stay: they are edges of the lineage.</remarks>
public sealed class RunFiles(NpgsqlDataSource db, LedgerStore ledger, ArtifactStore artifacts, Withdrawals withdrawals, TimeProvider time, IConfiguration configuration)
{
    private const int MostThings = 500_000;

    // Whoever stores a file says so in the ledger within minutes; until then nobody can know that it is needed.
    private readonly TimeSpan _rest = configuration.GetValue("Registry:DeleteAfter", TimeSpan.FromHours(1));

    /// <returns>What was made of what the run made.</returns>
    /// <exception cref="ProblemException">There is no such run (404), or its files cannot be deleted (409).</exception>
    public async Task<Downstream> RefuseNeededAsync(RunId run, CancellationToken ct)
    {
        var end = await EndAsync(run, ct) ?? throw Refused($"Run {run} is still under way: cancel it, or wait for its end.");
        if (end.At + _rest is var free && free > time.GetUtcNow())
            throw Refused($"Run {run} ended at {end.At:u}: its files can be deleted from {free:u} on.");
        var made = await MadeFromAsync(run, ct);
        if (made.Nodes.Where(node => node.Reference.Kind == ReferenceKind.ModelVersion && node.Via is null).Select(node => node.Reference.Id).FirstOrDefault() is { } version)
            throw Refused($"{version} is made of what run {run}, or a run that goes on from it, has made: as long as it is registered nothing of that is deleted.");
        foreach (var node in made.Nodes.Where(node => node.Reference.Kind == ReferenceKind.Run))
            if (await EndAsync(Identifiers.Parse<RunId>(node.Reference.Id), ct) is null)
                throw Refused($"Run {node.Reference.Id} goes on from run {run} and is still under way: cancel it, or wait for its end.");
        return made;
    }

    /// <summary>Removes what <see cref="RefuseNeededAsync"/> lets pass.</summary>
    /// <exception cref="ProblemException">There is no such run (404), or its files cannot be deleted (409).</exception>
    /// <exception cref="ArtifactCorruptException">A folder's list of files is damaged, so that it cannot be known which files it shares.</exception>
    public async Task<DeletionCompleted> DeleteAsync(RunId run, CancellationToken ct)
    {
        var since = time.GetUtcNow() - _rest;
        var made = (await RefuseNeededAsync(run, ct)).Nodes.Where(node => node.Run == run.Value).Select(node => node.Reference).ToList();
        var files = made.Where(reference => reference.Kind.IsContent()).Select(reference => Digest.Parse(reference.Id)).ToHashSet();
        foreach (var dataset in made.Where(reference => reference.Kind == ReferenceKind.Dataset))
            await foreach (var stored in ledger.ReadStreamAsync(Identifiers.Parse<DatasetId>(dataset.Id).Stream(), ct: ct))
                if (stored.Data is DatasetBuilt built)
                    files.Remove(built.Members);
        var own = files.Except(await LineageRows.NamedElsewhereAsync(db, run, files, ct)).ToHashSet();
        var deleted = await artifacts.DeleteAsync(own, since, async content => await LineageRows.NamedElsewhereAsync(db, run, content, ct), ct);
        return new(run, deleted, files.Count - deleted);
    }

    private async Task<Downstream> MadeFromAsync(RunId run, CancellationToken ct)
    {
        await withdrawals.CaughtUpAsync(await ledger.HeadAsync(ct), ct);
        var made = await new DownstreamWalk(db, Reference.To(ReferenceKind.Run, run), membership: null, MostThings).WalkAsync(ct);
        return made.Complete ? made : throw Refused($"What run {run} has made cannot be told: {made.Reason}.");
    }

    private async Task<StoredEvent?> EndAsync(RunId run, CancellationToken ct)
    {
        var events = await ledger.ReadStreamAsync(run.Stream(), ct: ct).ToListAsync(ct);
        return events.Count == 0 ? throw ProblemException.NotFound("run", run.ToString()) : events.Find(stored => stored.Data is RunSucceeded or RunFailed or RunCancelled);
    }

    private static ProblemException Refused(string sentence) => new(StatusCodes.Status409Conflict, "files-needed", sentence);
}
