using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace AgentOps.PreferenceBuilder;

/// <param name="Index">Of the sample in the data set, from 0.</param>
/// <param name="Trajectories">The sample's; of a pair the chosen and the rejected one.</param>
public sealed record DatasetMember(int Index, IReadOnlyList<string> Trajectories);

/// <summary>That a sample of a data set is of these trajectories: the path from its line to the root that the event of the data set names.</summary>
/// <param name="Line">What is hashed as the leaf: SHA-256 of a zero byte and this text, RFC 6962 section 2.1.</param>
/// <param name="Position">The event of the data set, whose own proof the ledger gives.</param>
public sealed record MemberProof(int Index, int Size, string Line, IReadOnlyList<byte[]> Path, Digest Root, long Position);

/// <summary>Whose samples a data set holds, page by page, each provable without the others.</summary>
public static class MemberEndpoints
{
    private const int PageSize = 500;

    public static void MapMembers(this WebApplication app)
    {
        app.MapGet("/api/v1/datasets/{id:guid}/members", ListAsync).RequireRole(Role.Viewer);
        app.MapGet("/api/v1/datasets/{id:guid}/members/{trajectory:guid}", ProveAsync).RequireRole(Role.Viewer);
    }

    /// <param name="cursor">The index of the first sample of the page.</param>
    private static async Task<Page<DatasetMember>> ListAsync(Guid id, [FromQuery] int? cursor, LedgerStore ledger, MemberFiles files, CancellationToken ct)
    {
        var built = (DatasetBuilt)(await BuiltAsync(id, ledger, ct)).Data;
        var first = cursor ?? 0;
        var (all, part) = await UsableAsync(id, () => files.PartAsync(built.Members, Math.Max(0, first), PageSize, ct));
        if (first < 0 || first > all)
            throw ProblemException.BadRequest("cursor", $"'{cursor}' is no place in a data set of {all} samples.");
        var items = Enumerable.Range(0, part.Count).Select(i => new DatasetMember(first + i, part[i])).ToList();
        return new(items, first + items.Count < all ? (first + items.Count).ToString() : null);
    }

    private static async Task<MemberProof> ProveAsync(Guid id, Guid trajectory, LedgerStore ledger, MemberFiles files, CancellationToken ct)
    {
        var stored = await BuiltAsync(id, ledger, ct);
        var built = (DatasetBuilt)stored.Data;
        if (built.MembersRoot is not { } root)
            throw new ProblemException(StatusCodes.Status409Conflict, "no-members-root", $"Data set {id} was built before events named the root of their members: its list can be read, and nothing of it proved alone.");
        return await UsableAsync(id, () => files.OfWholeAsync(built.Members, members => Proof(members, TrajectoryId.From(trajectory), root, stored.Position), ct))
            ?? throw ProblemException.NotFound("member", trajectory.ToString());
    }

    private static MemberProof? Proof(MemberList members, TrajectoryId trajectory, Digest root, long position) =>
        members.IndexOf(trajectory) is { } index ? new(index, members.Count, string.Join(' ', members[index]), members.Path(index), root, position) : null;

    private static async Task<StoredEvent> BuiltAsync(Guid id, LedgerStore ledger, CancellationToken ct) =>
        await ledger.ReadStreamAsync(DatasetId.From(id).Stream(), ct: ct).LastOrDefaultAsync(stored => stored.Data is DatasetBuilt, ct)
            ?? throw ProblemException.NotFound("data set", id.ToString());

    private static async Task<T> UsableAsync<T>(Guid id, Func<Task<T>> read)
    {
        try
        {
            return await read();
        }
        catch (Exception unusable) when (unusable is ArtifactMissingException or ArtifactCorruptException or FormatException)
        {
            throw new ProblemException(StatusCodes.Status409Conflict, "artifact-unusable", $"The list of members of data set {id} cannot be read: {unusable.Message}");
        }
    }
}
