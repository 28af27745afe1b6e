using AgentOps.Contracts;
using AgentOps.Ledger;
using Dapper;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>Reads the view of lineage: each call asks for everything that a walk has reached at once.</summary>
internal static class LineageRows
{
    private const string MakingColumns = "o.step, s.type, s.actor, o.run, o.takes, o.first, o.last, s.gathered, s.made, s.samples";

    /// <summary>Whether any event speaks of it.</summary>
    public static Task<bool> KnowsAsync(NpgsqlDataSource db, Reference reference, CancellationToken ct) => db.ReadAsync(connection => connection.ExecuteScalarAsync<bool>(Command("""
        SELECT EXISTS (SELECT FROM lineage_input WHERE kind = @Kind AND id = @Id) OR EXISTS (SELECT FROM lineage_output WHERE kind = @Kind AND id = @Id)
            OR @Kind = 'Trajectory' AND (EXISTS (SELECT FROM lineage_made WHERE trajectory = @Id) OR EXISTS (SELECT FROM lineage_member WHERE trajectory = @Id))
        """, new { Kind = reference.Kind.ToString(), reference.Id }, ct)), ct);

    /// <summary>Whether any event has it as an output.</summary>
    public static Task<bool> IsMadeAsync(NpgsqlDataSource db, Reference reference, CancellationToken ct) => db.ReadAsync(connection => connection.ExecuteScalarAsync<bool>(Command(
        "SELECT EXISTS (SELECT FROM lineage_output WHERE kind = @Kind AND id = @Id)", new { Kind = reference.Kind.ToString(), reference.Id }, ct)), ct);

    /// <summary>For each reading everybody who had it as an output before.</summary>
    public static Task<IReadOnlyList<IReadOnlyList<Making>>> ProducersAsync(NpgsqlDataSource db, IReadOnlyList<Reading> readings, CancellationToken ct) => MakingsAsync(db, readings.Count, $"""
        SELECT r.n, {MakingColumns} FROM unnest(@Kinds, @Ids, @Positions) WITH ORDINALITY AS r (kind, id, position, n)
        JOIN lineage_output o ON o.kind = r.kind AND o.id = r.id AND o.first < r.position JOIN lineage_step s ON s.step = o.step ORDER BY o.first
        """, new { Kinds = Kinds(readings), Ids = Ids(readings), Positions = readings.Select(r => r.Position).ToArray() }, ct);

    /// <summary>For each reading what one run had as an output before.</summary>
    public static Task<IReadOnlyList<IReadOnlyList<Making>>> MadeByAsync(NpgsqlDataSource db, IReadOnlyList<(Reading Reading, Guid Run)> asked, CancellationToken ct) => MakingsAsync(db, asked.Count, $"""
        SELECT r.n, {MakingColumns} FROM unnest(@Kinds, @Ids, @Positions, @Taken, @Runs) WITH ORDINALITY AS r (kind, id, position, taken, run, n)
        JOIN lineage_output o ON o.kind = r.kind AND o.id = r.id AND o.run = r.run AND o.first < r.position AND NOT (r.taken AND o.takes) JOIN lineage_step s ON s.step = o.step ORDER BY o.first
        """, new
    {
        Kinds = Kinds(asked.Select(a => a.Reading)), Ids = Ids(asked.Select(a => a.Reading)), Positions = asked.Select(a => a.Reading.Position).ToArray(),
        Taken = asked.Select(a => a.Reading.Taken).ToArray(), Runs = asked.Select(a => a.Run).ToArray(),
    }, ct);

    /// <summary>Who made these trajectories.</summary>
    public static Task<IReadOnlyList<IReadOnlyList<Making>>> MadeAsync(NpgsqlDataSource db, IReadOnlyList<string> trajectories, CancellationToken ct) => MakingsAsync(db, trajectories.Count, """
        SELECT r.n, m.step, s.type, s.actor, s.run, false, m.position, m.position, s.gathered, s.made, s.samples FROM unnest(@trajectories) WITH ORDINALITY AS r (trajectory, n)
        JOIN lineage_made m ON m.trajectory = r.trajectory JOIN lineage_step s ON s.step = m.step ORDER BY m.position
        """, new { trajectories = trajectories.ToArray() }, ct);

    /// <summary>What the runs were submitted with.</summary>
    public static Task<Dictionary<Guid, RunOrigin>> OriginsAsync(NpgsqlDataSource db, IEnumerable<Guid> runs, CancellationToken ct) => db.ReadAsync(async connection =>
    {
        var rows = await connection.QueryAsync<(Guid Run, string Kind, string Id, long Position)>(Command("""
            SELECT r.run, i.kind, i.id, i.position FROM unnest(@Runs) AS r (run) JOIN lineage_output o ON o.kind = 'Run' AND o.id = r.run::text
            JOIN lineage_input i ON i.step = o.step AND i.kind IN ('Run', 'ModelVersion') ORDER BY i.position, i.ordinal
            """, new { Runs = runs.ToArray() }, ct));
        return rows.GroupBy(row => row.Run).ToDictionary(of => of.Key, of => new RunOrigin(
            [.. of.Where(row => row.Kind == nameof(ReferenceKind.Run)).Select(row => Guid.Parse(row.Id))],
            [.. of.Where(row => row.Kind == nameof(ReferenceKind.ModelVersion)).Select(row => (row.Id, row.Position))]));
    }, ct);

    /// <summary>For each reading how the registration of a version read the same; null where the version is of something else. The registration is the first that made the version.</summary>
    /// <param name="asked">The version with the position at which it was named.</param>
    public static Task<IReadOnlyList<Reading?>> RegistrationsAsync(NpgsqlDataSource db, IReadOnlyList<(Reading Reading, string Version, long Position)> asked, CancellationToken ct) => db.ReadAsync<IReadOnlyList<Reading?>>(async connection =>
    {
        var rows = await connection.QueryAsync<(long N, Guid? Run, long Position)>(Command("""
            SELECT DISTINCT ON (r.n) r.n, i.run, i.position FROM unnest(@Kinds, @Ids, @Versions, @Positions) WITH ORDINALITY AS r (kind, id, version, position, n)
            JOIN lineage_output o ON o.kind = 'ModelVersion' AND o.id = r.version AND o.first < r.position JOIN lineage_input i ON i.step = o.step AND i.kind = r.kind AND i.id = r.id
            ORDER BY r.n, i.position
            """, new
        {
            Kinds = Kinds(asked.Select(a => a.Reading)), Ids = Ids(asked.Select(a => a.Reading)), Versions = asked.Select(a => a.Version).ToArray(), Positions = asked.Select(a => a.Position).ToArray(),
        }, ct));
        var found = new Reading?[asked.Count];
        foreach (var row in rows)
            found[row.N - 1] = new(asked[(int)row.N - 1].Reading.Reference, row.Run, row.Position, Taken: false);
        return found;
    }, ct);

    /// <summary>What the steps read, in the order of their events' fields, without trajectories.</summary>
    public static Task<ILookup<Guid, Reading>> InputsAsync(NpgsqlDataSource db, IEnumerable<Guid> steps, CancellationToken ct) => db.ReadAsync(async connection =>
        (await connection.QueryAsync<(Guid Step, string Kind, string Id, Guid? Run, long Position, bool Taken)>(Command(
            "SELECT step, kind, id, run, position, taken FROM lineage_input WHERE step = ANY(@Steps) ORDER BY step, ordinal", new { Steps = steps.ToArray() }, ct)))
        .ToLookup(row => row.Step, row => new Reading(ReferenceOf(row.Kind, row.Id), row.Run, row.Position, row.Taken)), ct);

    /// <summary>Some of the trajectories that each step read: the first two, and one of each step that made any of them.</summary>
    public static Task<ILookup<Guid, string>> ExamplesAsync(NpgsqlDataSource db, IEnumerable<Guid> steps, CancellationToken ct) => db.ReadAsync(async connection =>
        (await connection.QueryAsync<(Guid Step, string Trajectory)>(Command("""
            SELECT s.step, t FROM lineage_step s, unnest(s.shown) WITH ORDINALITY AS shown (t, o) WHERE s.step = ANY(@Steps)
            UNION ALL SELECT step, example FROM lineage_link WHERE step = ANY(@Steps)
            """, new { Steps = steps.ToArray() }, ct))).Distinct().ToLookup(row => row.Step, row => row.Trajectory), ct);

    /// <summary>When each of these events was.</summary>
    public static Task<Dictionary<long, DateTimeOffset>> TimesAsync(NpgsqlDataSource db, IEnumerable<long> positions, CancellationToken ct) => db.ReadAsync(async connection =>
        (await connection.QueryAsync<(long Position, DateTime At)>(Command("SELECT position, at FROM ledger.event WHERE position = ANY(@Positions)", new { Positions = positions.ToArray() }, ct)))
        .ToDictionary(row => row.Position, row => new DateTimeOffset(row.At)), ct);

    /// <summary>Which of these files and models another run, or nobody's run, has made or read as well; a run whose own files were deleted needs them no more.</summary>
    public static Task<IReadOnlySet<Digest>> NamedElsewhereAsync(NpgsqlDataSource db, RunId run, IReadOnlyCollection<Digest> content, CancellationToken ct) => db.ReadAsync<IReadOnlySet<Digest>>(async connection =>
        (await connection.QueryAsync<string>(Command("""
            WITH gone AS (SELECT i.id::uuid AS run FROM lineage_input i JOIN lineage_step s USING (step) WHERE i.kind = 'Run' AND s.type = 'deletion.completed.v1' UNION SELECT @Run)
            SELECT c FROM unnest(@Content) AS t (c) WHERE EXISTS (
                SELECT run FROM lineage_output o WHERE o.kind IN ('Artifact', 'Model') AND o.id = c UNION ALL SELECT run FROM lineage_input i WHERE i.kind IN ('Artifact', 'Model') AND i.id = c
                EXCEPT SELECT run FROM gone)
            """, new { Content = content.Select(digest => digest.ToString()).ToArray(), Run = run.Value }, ct))).Select(Digest.Parse).ToHashSet(), ct);

    /// <summary>When each of these subjects was erased; those that were not are not among them.</summary>
    public static Task<Dictionary<string, DateTimeOffset>> ErasedAsync(NpgsqlDataSource db, string[] subjects, CancellationToken ct) => db.ReadAsync(async connection =>
        (await connection.QueryAsync<(string Subject, DateTime At)>(Command("""
            SELECT i.id, e.at FROM lineage_input i JOIN lineage_step s USING (step) JOIN ledger.event e USING (position)
            WHERE i.kind = 'Subject' AND i.id = ANY(@Subjects) AND s.type = 'withdrawal.erasure-completed.v1'
            """, new { Subjects = subjects }, ct)))
        .ToDictionary(row => row.Subject, row => new DateTimeOffset(row.At)), ct);

    /// <summary>In which stream each of these events stands.</summary>
    public static Task<Dictionary<long, string>> StreamsAsync(NpgsqlDataSource db, IEnumerable<long> positions, CancellationToken ct) => db.ReadAsync(async connection =>
        (await connection.QueryAsync<(long Position, string Stream)>(Command("SELECT position, stream FROM ledger.event WHERE position = ANY(@Positions)", new { Positions = positions.ToArray() }, ct)))
        .ToDictionary(row => row.Position, row => row.Stream), ct);

    /// <summary>Which of these events say what a data set is made of.</summary>
    public static Task<IReadOnlyList<long>> DatasetsAsync(NpgsqlDataSource db, IEnumerable<long> positions, CancellationToken ct) => db.ReadAsync<IReadOnlyList<long>>(async connection =>
        [.. await connection.QueryAsync<long>(Command("SELECT position FROM ledger.event WHERE position = ANY(@Positions) AND type = 'dataset.built.v1' ORDER BY position", new { Positions = positions.ToArray() }, ct))], ct);

    internal static CommandDefinition Command(string sql, object parameters, CancellationToken ct) => new(sql, parameters, cancellationToken: ct);

    internal static Reference ReferenceOf(string kind, string id) => new(Enum.Parse<ReferenceKind>(kind), id);

    private static Task<IReadOnlyList<IReadOnlyList<Making>>> MakingsAsync(NpgsqlDataSource db, int count, string sql, object parameters, CancellationToken ct) => count == 0
        ? Task.FromResult<IReadOnlyList<IReadOnlyList<Making>>>([])
        : db.ReadAsync<IReadOnlyList<IReadOnlyList<Making>>>(async connection =>
        {
            await using var reader = await connection.ExecuteReaderAsync(Command(sql, parameters, ct));
            var found = Enumerable.Range(0, count).Select(_ => new List<Making>()).ToArray();
            while (await reader.ReadAsync(ct))
                found[reader.GetInt64(0) - 1].Add(new(reader.GetGuid(1), reader.GetString(2), reader.GetString(3), reader.IsDBNull(4) ? null : reader.GetGuid(4), reader.GetBoolean(5),
                    reader.GetInt64(6), reader.GetInt64(7), reader.GetInt64(8), reader.GetInt64(9), reader.GetInt64(10)));
            return found;
        }, ct);

    private static string[] Kinds(IEnumerable<Reading> readings) => [.. readings.Select(r => r.Reference.Kind.ToString())];

    private static string[] Ids(IEnumerable<Reading> readings) => [.. readings.Select(r => r.Reference.Id)];
}
