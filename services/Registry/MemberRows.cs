using AgentOps.Contracts;
using AgentOps.Ledger;
using Dapper;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>Reads whose members the groups of the lineage are.</summary>
internal static class MemberRows
{
    /// <summary>The positions of what gathering steps read and of who made it, and of what steps made within a range.</summary>
    public static Task<IReadOnlyList<long>> PositionsAsync(NpgsqlDataSource db, IReadOnlyCollection<Guid> gathering, IReadOnlyCollection<(Guid Step, long First, long Last)> ranges, CancellationToken ct) =>
        db.ReadAsync<IReadOnlyList<long>>(async connection => [.. await connection.QueryAsync<long>(LineageRows.Command("""
            SELECT position FROM lineage_member WHERE step = ANY(@Gathering)
            UNION SELECT m.position FROM lineage_member g JOIN lineage_made m USING (trajectory) WHERE g.step = ANY(@Gathering)
            UNION SELECT m.position FROM unnest(@Steps, @Firsts, @Lasts) AS r (step, first, last) JOIN lineage_made m ON m.step = r.step AND m.position BETWEEN r.first AND r.last
            """, new
        {
            Gathering = gathering.ToArray(), Steps = ranges.Select(r => r.Step).ToArray(), Firsts = ranges.Select(r => r.First).ToArray(), Lasts = ranges.Select(r => r.Last).ToArray(),
        }, ct))], ct);

    /// <summary>The trajectories of a group in the order of the events that read them, after a place in that order.</summary>
    public static Task<IReadOnlyList<GroupMember>> PageAsync(NpgsqlDataSource db, Reference group, MemberCursor after, int limit, CancellationToken ct) => db.ReadAsync<IReadOnlyList<GroupMember>>(async connection =>
        [.. (await connection.QueryAsync<(string Trajectory, long Position, int Ordinal)>(LineageRows.Command("""
            SELECT m.trajectory, m.position, m.ordinal FROM (SELECT step FROM lineage_output WHERE kind = @Kind AND id = @Id) o
            CROSS JOIN LATERAL (
                SELECT trajectory, position, ordinal FROM lineage_member m WHERE m.step = o.step AND (m.position, m.ordinal) > (@Position, @Ordinal) ORDER BY m.position, m.ordinal LIMIT @limit) m
            ORDER BY m.position, m.ordinal LIMIT @limit
            """, new { Kind = group.Kind.ToString(), group.Id, after.Position, after.Ordinal, limit }, ct))).Select(row => new GroupMember(row.Trajectory, row.Position, row.Ordinal))], ct);
}

/// <summary>A trajectory, and the event that counted it into its group.</summary>
public sealed record GroupMember(string Trajectory, long Position, int Ordinal);

/// <summary>A place in the order of a group's members.</summary>
public readonly record struct MemberCursor(long Position, int Ordinal);
