using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Registry;

/// <summary>
/// The events' inputs and outputs as edges. Lineage is a fold of these two fields and nothing else.
/// Trajectories are members, not structure: events that make or read one, and are otherwise alike, are one step, which counts them as it grows;
/// whose members they are stands in tables of its own, which a lineage does not read. Which files a model has leads to the model, and is no edge.
/// </summary>
public static class LineageView
{
    public static readonly View Definition = new("lineage", 5,
        ["run", "generation", "trajectory", "judgement", "review", "dataset", "training", "evaluation", "model", "deployment", "serving", "access", "withdrawal", "deletion", "log"],
        ["lineage_step", "lineage_input", "lineage_output", "lineage_made", "lineage_member", "lineage_link", "lineage_file"],
        """
        CREATE TABLE lineage_step (step uuid PRIMARY KEY, type text NOT NULL, actor text NOT NULL, run uuid, gathered bigint NOT NULL, made bigint NOT NULL, samples bigint NOT NULL, shown text[] NOT NULL);
        CREATE TABLE lineage_input (step uuid NOT NULL, ordinal int NOT NULL, kind text NOT NULL, id text NOT NULL, run uuid, position bigint NOT NULL, taken bool NOT NULL, PRIMARY KEY (step, ordinal));
        CREATE TABLE lineage_output (kind text NOT NULL, id text NOT NULL, step uuid NOT NULL, run uuid, takes bool NOT NULL, first bigint NOT NULL, last bigint NOT NULL, PRIMARY KEY (kind, id, step));
        CREATE TABLE lineage_made (trajectory text NOT NULL, position bigint NOT NULL, step uuid NOT NULL, PRIMARY KEY (trajectory, position));
        CREATE TABLE lineage_member (step uuid NOT NULL, position bigint NOT NULL, ordinal int NOT NULL, trajectory text NOT NULL, PRIMARY KEY (step, position, ordinal));
        CREATE TABLE lineage_link (step uuid NOT NULL, made uuid NOT NULL, example text NOT NULL, PRIMARY KEY (step, made));
        CREATE TABLE lineage_file (file text NOT NULL, name text NOT NULL, model text NOT NULL, position bigint NOT NULL, PRIMARY KEY (file, model, name, position));
        CREATE INDEX ON lineage_input (kind, id, run, position);
        CREATE INDEX ON lineage_output (kind, id, run, first);
        CREATE INDEX ON lineage_output (step);
        CREATE INDEX ON lineage_made (step, position);
        CREATE INDEX ON lineage_member (trajectory);
        CREATE INDEX ON lineage_link (made);
        """, Apply);

    // A step of a hundred thousand events is changed once for each page, and not once for each of them.
    private static void Apply(StoredEvent stored, ViewChanges changes)
    {
        var edges = EventEdges.Of(stored);
        if (edges.Inputs.Count + edges.Gathered.Count + edges.Outputs.Count + edges.Made.Count > 0)
            changes.OfPage<LineagePage>().Add(stored, edges);
        if (stored.Data is TrainingCompleted { Files: { } files } made)
            changes.Add("INSERT INTO lineage_file SELECT file, name, @Model, @Position FROM unnest(@Files, @Names) AS t (file, name)",
                new { Files = files.Select(file => file.Digest.ToString()).ToArray(), Names = files.Select(file => file.Name).ToArray(), Model = made.Model.ToString(), stored.Position });
    }
}
