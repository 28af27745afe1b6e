using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.Registry;

/// <param name="Position">Of the event that says it.</param>
public sealed record ListedMember(string Trajectory, long Position);

/// <summary>The trajectories of a group, page by page: a lineage only counts them.</summary>
internal static class LineageMembers
{
    private const int PageSize = 100;

    /// <param name="kind"><c>generation</c>, <c>judgement</c>, or <c>shard</c>.</param>
    /// <param name="id">The group's id; for a shard the position of the event that counts its trajectories.</param>
    public static async Task<Page<ListedMember>> PageAsync(string kind, string id, string? cursor, NpgsqlDataSource db, LedgerStore ledger, CancellationToken ct)
    {
        var group = kind switch
        {
            "generation" => ReferenceKind.Generation,
            "judgement" => ReferenceKind.Judgement,
            "shard" => default(ReferenceKind?),
            _ => throw ProblemException.BadRequest("reference-kind", $"'{kind}' is no group of trajectories: expected generation, judgement or shard; GET /api/v1/datasets/ID/members has those of a data set."),
        };
        if (group is null)
            return await ShardAsync(id, ledger, ct);
        var reference = ReferenceIds.Checked(group.Value, id);
        var items = await MemberRows.PageAsync(db, reference, Parsed(cursor), PageSize + 1, ct);
        if (items.Count == 0 && cursor is null && !await LineageRows.KnowsAsync(db, reference, ct))
            throw ProblemException.NotFound(kind, id);
        return Page.Of(items, PageSize, member => $"{member.Position}-{member.Ordinal}", member => new ListedMember(member.Trajectory, member.Position));
    }

    /// <summary>An event holds 64 KiB at most, and so does a shard.</summary>
    private static async Task<Page<ListedMember>> ShardAsync(string id, LedgerStore ledger, CancellationToken ct)
    {
        if (!long.TryParse(id, out var position) || position < 1)
            throw ProblemException.BadRequest("reference-id", $"'{ReferenceIds.Shown(id)}' is no shard: expected the position of its event, as a lineage shows it.");
        return await ledger.ReadAtAsync(position, ct) is { Data: ShardCompleted shard }
            ? new([.. shard.Trajectories.Select(one => new ListedMember(one.Trajectory.ToString(), position))], null)
            : throw ProblemException.NotFound("shard", id);
    }

    private static MemberCursor Parsed(string? cursor) => cursor is null ? default
        : cursor.Split('-') is [var position, var ordinal] && long.TryParse(position, out var at) && int.TryParse(ordinal, out var of) ? new(at, of)
        : throw ProblemException.BadRequest("cursor", $"'{ReferenceIds.Shown(cursor)}' is no cursor: take the one that the page before this gave as next.");
}
