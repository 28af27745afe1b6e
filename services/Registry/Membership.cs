using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Http;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>
/// Who read one trajectory. An event of a data set names the generations it was built from, and a data set leaves out what a judge refused:
/// whether the trajectory is in it, the list of its members says.
/// </summary>
internal sealed class Membership(Reference trajectory, NpgsqlDataSource db, LedgerStore ledger, ArtifactStore artifacts)
{
    // The trajectory's generation and its judgements.
    private readonly HashSet<Reference> _groups = [];

    public async Task<IReadOnlyList<Consumption>> ConsumersAsync(IReadOnlyList<(Reference Reference, Guid? Run)> made, CancellationToken ct)
    {
        var holding = new Dictionary<long, bool>();
        var found = new List<Consumption>();
        foreach (var use in await LineageView.ConsumersAsync(db, made, ct))
        {
            if (use.Read == trajectory)
                _groups.Add(use.Made);
            if (!_groups.Contains(use.Read) || (holding.TryGetValue(use.Event.Position, out var holds) ? holds : holding[use.Event.Position] = await HoldsAsync(use.Event.Position, ct)))
                found.Add(use);
        }
        return found;
    }

    /// <summary>False only for a data set without the trajectory.</summary>
    /// <exception cref="ProblemException">The list of members is not in the store, or is damaged.</exception>
    private async Task<bool> HoldsAsync(long position, CancellationToken ct)
    {
        if ((await ledger.ReadAtAsync(position, ct))?.Data is not DatasetBuilt built)
            return true;
        try
        {
            return await IsMemberAsync(built.Members, ct);
        }
        catch (Exception unusable) when (unusable is ArtifactMissingException or ArtifactCorruptException)
        {
            throw new ProblemException(StatusCodes.Status409Conflict, "artifact-unusable",
                $"Whether trajectory {trajectory.Id} is in data set {built.Dataset} cannot be told: {unusable.Message}");
        }
    }

    private async Task<bool> IsMemberAsync(Digest list, CancellationToken ct)
    {
        using var members = new StreamReader(await artifacts.OpenAsync(list, ct));
        while (await members.ReadLineAsync(ct) is { } member)
            if (member.Split(' ').Contains(trajectory.Id))
                return true;
        return false;
    }
}
