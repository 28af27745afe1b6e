using AgentOps.Contracts;
using AgentOps.Ledger;
using Dapper;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>Every event's inputs and outputs as edges. Lineage is a fold of these two fields and nothing else.</summary>
public static class LineageView
{
    public static readonly View Definition = new("lineage", 1,
        ["run", "generation", "trajectory", "judgement", "review", "dataset", "training", "evaluation", "model", "deployment", "serving", "access"],
        ["lineage_event", "lineage_input", "lineage_output"],
        """
        CREATE TABLE lineage_event (position bigint PRIMARY KEY, type text NOT NULL, stream text NOT NULL, at timestamptz NOT NULL, actor text NOT NULL);
        CREATE TABLE lineage_input (position bigint NOT NULL, ordinal int NOT NULL, kind text NOT NULL, id text NOT NULL, PRIMARY KEY (position, ordinal));
        CREATE TABLE lineage_output (kind text NOT NULL, id text NOT NULL, position bigint NOT NULL, PRIMARY KEY (kind, id, position));
        CREATE INDEX ON lineage_input (kind, id, position);
        """, Apply);

    public static Task<IReadOnlyList<LineageEvent>> ProducersAsync(NpgsqlDataSource db, Reference reference, CancellationToken ct) => db.ReadAsync<IReadOnlyList<LineageEvent>>(async connection =>
    {
        var kind = reference.Kind.ToString();
        var events = await connection.QueryAsync<(long Position, string Type, string Stream, DateTime At, string Actor)>(
            "SELECT e.position, e.type, e.stream, e.at, e.actor FROM lineage_output o JOIN lineage_event e USING (position) WHERE o.kind = @kind AND o.id = @Id ORDER BY e.position", new { kind, reference.Id });
        var inputs = (await connection.QueryAsync<(long Position, string Kind, string Id)>(
            "SELECT i.position, i.kind, i.id FROM lineage_output o JOIN lineage_input i USING (position) WHERE o.kind = @kind AND o.id = @Id ORDER BY i.position, i.ordinal", new { kind, reference.Id }))
            .ToLookup(i => i.Position, i => new Reference(Enum.Parse<ReferenceKind>(i.Kind), i.Id));
        return [.. events.Select(e => new LineageEvent(e.Position, e.Type, e.Stream, e.At, e.Actor, [.. inputs[e.Position]]))];
    }, ct);

    private static void Apply(StoredEvent stored, ViewChanges changes)
    {
        var (inputs, outputs) = (stored.Data.Inputs, stored.Data.Outputs.Distinct().ToList());
        if (inputs.Count == 0 && outputs.Count == 0)
            return;
        changes.Add("INSERT INTO lineage_event VALUES (@Position, @Type, @Stream, @At, @Actor)", new { stored.Position, stored.Type, stored.Stream, stored.At, stored.Meta.Actor });
        changes.Add("INSERT INTO lineage_input SELECT @Position, o, k, i FROM unnest(@Ordinals, @Kinds, @Ids) AS t (o, k, i)",
            new { stored.Position, Ordinals = Enumerable.Range(0, inputs.Count).ToArray(), Kinds = inputs.Select(r => r.Kind.ToString()).ToArray(), Ids = inputs.Select(r => r.Id).ToArray() });
        changes.Add("INSERT INTO lineage_output SELECT k, i, @Position FROM unnest(@Kinds, @Ids) AS t (k, i)",
            new { stored.Position, Kinds = outputs.Select(r => r.Kind.ToString()).ToArray(), Ids = outputs.Select(r => r.Id).ToArray() });
    }
}
