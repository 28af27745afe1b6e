using AgentOps.Contracts;
using AgentOps.Ledger;
using Dapper;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>Every event's inputs and outputs as edges. Lineage is a fold of these two fields and nothing else.</summary>
public static class LineageView
{
    public static readonly View Definition = new("lineage", 3,
        ["run", "generation", "trajectory", "judgement", "review", "dataset", "training", "evaluation", "model", "deployment", "serving", "access", "log"],
        ["lineage_event", "lineage_input", "lineage_output"],
        """
        CREATE TABLE lineage_event (position bigint PRIMARY KEY, type text NOT NULL, stream text NOT NULL, at timestamptz NOT NULL, actor text NOT NULL, run uuid);
        CREATE TABLE lineage_input (position bigint NOT NULL, ordinal int NOT NULL, kind text NOT NULL, id text NOT NULL, PRIMARY KEY (position, ordinal));
        CREATE TABLE lineage_output (kind text NOT NULL, id text NOT NULL, position bigint NOT NULL, PRIMARY KEY (kind, id, position));
        CREATE INDEX ON lineage_input (kind, id, position);
        CREATE INDEX ON lineage_output (position);
        """, Apply);

    public static Task<IReadOnlyList<LineageEvent>> ProducersAsync(NpgsqlDataSource db, Reference reference, CancellationToken ct) => db.ReadAsync<IReadOnlyList<LineageEvent>>(async connection =>
    {
        var kind = reference.Kind.ToString();
        var events = await connection.QueryAsync<(long Position, string Type, string Stream, DateTime At, string Actor, Guid? Run)>(
            "SELECT e.position, e.type, e.stream, e.at, e.actor, e.run FROM lineage_output o JOIN lineage_event e USING (position) WHERE o.kind = @kind AND o.id = @Id ORDER BY e.position", new { kind, reference.Id });
        var inputs = (await connection.QueryAsync<(long Position, string Kind, string Id)>(
            "SELECT i.position, i.kind, i.id FROM lineage_output o JOIN lineage_input i USING (position) WHERE o.kind = @kind AND o.id = @Id ORDER BY i.position, i.ordinal", new { kind, reference.Id }))
            .ToLookup(i => i.Position, i => ReferenceOf(i.Kind, i.Id));
        return [.. events.Select(e => new LineageEvent(e.Position, e.Type, e.Stream, e.At, e.Actor, e.Run, [.. inputs[e.Position]]))];
    }, ct);

    /// <summary>Whether any event speaks of it.</summary>
    public static Task<bool> KnowsAsync(NpgsqlDataSource db, Reference reference, CancellationToken ct) => db.ReadAsync(connection => connection.ExecuteScalarAsync<bool>(
        "SELECT EXISTS (SELECT FROM lineage_input WHERE kind = @kind AND id = @Id) OR EXISTS (SELECT FROM lineage_output WHERE kind = @kind AND id = @Id)",
        new { kind = reference.Kind.ToString(), reference.Id }), ct);

    /// <summary>Who read these, and what came of it. Where several runs came to the same bytes, each run read its own.</summary>
    public static Task<IReadOnlyList<Consumption>> ConsumersAsync(NpgsqlDataSource db, IReadOnlyList<(Reference Reference, Guid? Run)> made, CancellationToken ct) => db.ReadAsync<IReadOnlyList<Consumption>>(async connection =>
    {
        var rows = await connection.QueryAsync<(string ReadKind, string ReadId, long Position, string Type, DateTime At, string Actor, Guid? Run, string MadeKind, string MadeId)>("""
            SELECT DISTINCT r.kind, r.id, e.position, e.type, e.at, e.actor, e.run, o.kind, o.id
            FROM unnest(@kinds, @ids, @runs) AS r (kind, id, run)
            JOIN lineage_input i ON i.kind = r.kind AND i.id = r.id
            JOIN lineage_event e ON e.position = i.position
            JOIN lineage_output o ON o.position = i.position
            WHERE r.run IS NULL OR e.run = r.run OR NOT EXISTS (
                SELECT FROM lineage_output p JOIN lineage_event maker ON maker.position = p.position WHERE p.kind = r.kind AND p.id = r.id AND maker.run = e.run)
            ORDER BY e.position, r.kind, r.id, o.kind, o.id
            """, new { kinds = made.Select(m => m.Reference.Kind.ToString()).ToArray(), ids = made.Select(m => m.Reference.Id).ToArray(), runs = made.Select(m => m.Run).ToArray() });
        return [.. rows.Select(row => new Consumption(ReferenceOf(row.ReadKind, row.ReadId), new(row.Position, row.Type, row.At, row.Actor), row.Run, ReferenceOf(row.MadeKind, row.MadeId)))];
    }, ct);

    private static Reference ReferenceOf(string kind, string id) => new(Enum.Parse<ReferenceKind>(kind), id);

    private static void Apply(StoredEvent stored, ViewChanges changes)
    {
        var (inputs, outputs) = (stored.Data.Inputs, stored.Data.Outputs.Distinct().ToList());
        if (inputs.Count == 0 && outputs.Count == 0)
            return;
        changes.Add("INSERT INTO lineage_event VALUES (@Position, @Type, @Stream, @At, @Actor, @Run)",
            new { stored.Position, stored.Type, stored.Stream, stored.At, stored.Meta.Actor, stored.Meta.Run });
        changes.Add("INSERT INTO lineage_input SELECT @Position, o, k, i FROM unnest(@Ordinals, @Kinds, @Ids) AS t (o, k, i)",
            new { stored.Position, Ordinals = Enumerable.Range(0, inputs.Count).ToArray(), Kinds = inputs.Select(r => r.Kind.ToString()).ToArray(), Ids = inputs.Select(r => r.Id).ToArray() });
        changes.Add("INSERT INTO lineage_output SELECT k, i, @Position FROM unnest(@Kinds, @Ids) AS t (k, i)",
            new { stored.Position, Kinds = outputs.Select(r => r.Kind.ToString()).ToArray(), Ids = outputs.Select(r => r.Id).ToArray() });
    }
}
