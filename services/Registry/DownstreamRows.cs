using AgentOps.Contracts;
using AgentOps.Ledger;
using Dapper;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>Reads the view of lineage from what was made towards what was made of it.</summary>
internal static class DownstreamRows
{
    private const string ConsumerColumns = "s.step, s.type, s.actor, s.run, s.made";

    /// <summary>Who read this, whoever made it.</summary>
    public static async Task<IReadOnlyList<Consumption>> ReadersAsync(NpgsqlDataSource db, Reference root, int most, CancellationToken ct) => [.. (root.IsMember()
        ? await ConsumersAsync(db, $"""
            SELECT {ConsumerColumns}, m.position FROM (SELECT step, min(position) AS position FROM lineage_member WHERE trajectory = @Id GROUP BY step) m JOIN lineage_step s USING (step)
            WHERE s.made > 0 OR EXISTS (SELECT FROM lineage_output o WHERE o.step = s.step) ORDER BY m.position LIMIT @most
            """, new { root.Id, most }, ct)
        : await ConsumersAsync(db, $"""
            SELECT {ConsumerColumns}, i.position FROM lineage_input i JOIN lineage_step s USING (step) WHERE i.kind = @Kind AND i.id = @Id AND (s.made > 0 OR EXISTS (SELECT FROM lineage_output o WHERE o.step = s.step))
            ORDER BY i.position LIMIT @most
            """, new { Kind = root.Kind.ToString(), root.Id, most }, ct)).Select(by => new Consumption(root, by))];

    /// <summary>
    /// Who may have read what was made: of what is named by its bytes the maker's own run and the runs that made none themselves, both later than it was made.
    /// Whether one of those others read this maker's, <see cref="Makers"/> says.
    /// </summary>
    public static Task<IReadOnlyList<(Output Of, Consumer By, Reading Reading, bool Own)>> ReadersAsync(NpgsqlDataSource db, IReadOnlyList<Output> made, int most, CancellationToken ct) =>
        db.ReadAsync<IReadOnlyList<(Output, Consumer, Reading, bool)>>(async connection =>
        {
            await using var reader = await connection.ExecuteReaderAsync(LineageRows.Command($"""
                SELECT r.n, {ConsumerColumns}, i.position, i.taken, r.content AND i.run IS NOT DISTINCT FROM r.run AND i.run IS NOT NULL
                FROM unnest(@Kinds, @Ids, @Runs, @Firsts, @Takes, @Content) WITH ORDINALITY AS r (kind, id, run, first, takes, content, n)
                JOIN lineage_input i ON i.kind = r.kind AND i.id = r.id AND i.position > r.first
                JOIN lineage_step s ON s.step = i.step
                WHERE (NOT r.content OR CASE WHEN i.run = r.run THEN NOT (i.taken AND r.takes) ELSE i.run IS NULL OR NOT EXISTS (
                        SELECT FROM lineage_output p WHERE p.kind = r.kind AND p.id = r.id AND p.run = i.run AND p.first < i.position AND NOT (i.taken AND p.takes)) END)
                    AND (s.made > 0 OR EXISTS (SELECT FROM lineage_output o WHERE o.step = i.step))
                ORDER BY i.position LIMIT @most
                """, new
            {
                Kinds = made.Select(m => m.Reference.Kind.ToString()).ToArray(), Ids = made.Select(m => m.Reference.Id).ToArray(), Runs = made.Select(m => m.Run).ToArray(),
                Firsts = made.Select(m => m.Reference.Kind.IsWork() ? 0 : m.First).ToArray(), Takes = made.Select(m => m.Takes).ToArray(),
                Content = made.Select(m => m.Reference.Kind.IsContent()).ToArray(), most,
            }, ct));
            var found = new List<(Output, Consumer, Reading, bool)>();
            while (await reader.ReadAsync(ct))
            {
                var (of, run) = (made[(int)reader.GetInt64(0) - 1], reader.IsDBNull(4) ? default(Guid?) : reader.GetGuid(4));
                found.Add((of, new(reader.GetGuid(1), reader.GetString(2), reader.GetString(3), run, reader.GetInt64(5), reader.GetInt64(6)),
                    new(of.Reference, run, reader.GetInt64(6), reader.GetBoolean(7)), reader.GetBoolean(8)));
            }
            return found;
        }, ct);

    /// <summary>The steps that read trajectories which these steps made.</summary>
    public static async Task<IReadOnlyList<(Guid Made, Consumer By)>> GatherersAsync(NpgsqlDataSource db, IReadOnlyList<Guid> made, CancellationToken ct) => await db.ReadAsync<IReadOnlyList<(Guid, Consumer)>>(async connection =>
        [.. (await connection.QueryAsync<(Guid Of, Guid Step, string Type, string Actor, Guid? Run, long Made)>(LineageRows.Command(
            $"SELECT l.made, {ConsumerColumns} FROM lineage_link l JOIN lineage_step s ON s.step = l.step WHERE l.made = ANY(@Made)", new { Made = made.ToArray() }, ct)))
        .Select(row => (row.Of, new Consumer(row.Step, row.Type, row.Actor, row.Run, row.Made, ReadAt: 0)))], ct);

    public static Task<ILookup<Guid, Output>> OutputsAsync(NpgsqlDataSource db, IEnumerable<Guid> steps, int most, CancellationToken ct) => db.ReadAsync(async connection =>
        (await connection.QueryAsync<(string Kind, string Id, Guid Step, Guid? Run, bool Takes, long First)>(LineageRows.Command(
            "SELECT kind, id, step, run, takes, first FROM lineage_output WHERE step = ANY(@Steps) ORDER BY first, kind, id LIMIT @most", new { Steps = steps.ToArray(), most }, ct)))
        .Select(row => new Output(LineageRows.ReferenceOf(row.Kind, row.Id), row.Step, row.Run, row.Takes, row.First)).ToLookup(output => output.Step), ct);

    /// <summary>The positions of the events that read these evaluations: decisions by them, whether something was moved at once or not, and moves.</summary>
    public static Task<IReadOnlyList<long>> DecisionsAsync(NpgsqlDataSource db, IReadOnlyList<EvaluationId> evaluations, CancellationToken ct) => db.ReadAsync<IReadOnlyList<long>>(async connection =>
        [.. await connection.QueryAsync<long>(LineageRows.Command("""
            SELECT DISTINCT i.position FROM lineage_input i WHERE i.kind = 'Evaluation' AND i.id = ANY(@Ids) ORDER BY i.position
            """, new { Ids = evaluations.Select(evaluation => evaluation.ToString()).ToArray() }, ct))], ct);

    private static Task<IReadOnlyList<Consumer>> ConsumersAsync(NpgsqlDataSource db, string sql, object parameters, CancellationToken ct) => db.ReadAsync<IReadOnlyList<Consumer>>(async connection =>
        [.. (await connection.QueryAsync<(Guid Step, string Type, string Actor, Guid? Run, long Made, long ReadAt)>(LineageRows.Command(sql, parameters, ct)))
        .Select(row => new Consumer(row.Step, row.Type, row.Actor, row.Run, row.Made, row.ReadAt))], ct);
}
