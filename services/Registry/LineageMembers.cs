using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>The trajectories of a group, page by page: a lineage only counts them.</summary>
internal static class LineageMembers
{
    private const int PageSize = 100;

    /// <param name="kind"><c>generation</c>, <c>judgement</c>, or <c>shard</c>.</param>
    /// <param name="id">The group's id; for a shard the position of the event that counts its trajectories.</param>
    public static async Task<object> PageAsync(string kind, string id, string? cursor, NpgsqlDataSource db, LedgerStore ledger, CancellationToken ct)
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
        return new { items = items.Take(PageSize).Select(member => new { member.Trajectory, member.Position }), next = items.Count > PageSize ? $"{items[PageSize - 1].Position}-{items[PageSize - 1].Ordinal}" : null };
    }

    /// <summary>An event holds 64 KiB at most, and so does a shard.</summary>
    private static async Task<object> ShardAsync(string id, LedgerStore ledger, CancellationToken ct)
    {
        if (!long.TryParse(id, out var position) || position < 1)
            throw ProblemException.BadRequest("reference-id", $"'{ReferenceIds.Shown(id)}' is no shard: expected the position of its event, as a lineage shows it.");
        return await ledger.ReadAtAsync(position, ct) is { Data: ShardCompleted shard }
            ? new { items = shard.Trajectories.Select(one => new { one.Trajectory, position }), next = default(string) }
            : throw ProblemException.NotFound("shard", id);
    }

    private static MemberCursor Parsed(string? cursor) => cursor is null ? default
        : cursor.Split('-') is [var position, var ordinal] && long.TryParse(position, out var at) && int.TryParse(ordinal, out var of) ? new(at, of)
        : throw ProblemException.BadRequest("cursor", $"'{ReferenceIds.Shown(cursor)}' is no cursor: take the one that the page before this gave as next.");
}
