using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Pipeline;

/// <summary>All runs with their steps: where each stands, how far it is, what came of it.</summary>
public static class RunView
{
    public const string Name = "runs";

    public static readonly View Definition = new(Name, 4,
        ["run", "generation", "judgement", "review", "dataset", "training", "evaluation", "model"],
        ["run", "step", "work"],
        """
        CREATE TABLE run (id uuid PRIMARY KEY, position bigint NOT NULL UNIQUE, name text NOT NULL, status text NOT NULL, reason text, model text,
            submitted_by text NOT NULL, submitted_at timestamptz NOT NULL, ended_at timestamptz, grace timestamptz, retry_of uuid, reproduces uuid);
        CREATE TABLE step (run uuid NOT NULL, ordinal int NOT NULL, path text NOT NULL, kind text NOT NULL, name text, status text NOT NULL DEFAULT 'pending', attempt int NOT NULL DEFAULT 0,
            deadline timestamptz, started_at timestamptz, ended_at timestamptz, reason text, model text, done bigint NOT NULL DEFAULT 0, total bigint, unit text,
            metrics json, balance json, report json, promotion json, machine json, PRIMARY KEY (run, path));
        CREATE INDEX step_deadline ON step (deadline) WHERE status IN ('queued', 'running', 'cancelling');
        CREATE TABLE work (id uuid PRIMARY KEY, run uuid NOT NULL, path text NOT NULL, episodes int NOT NULL);
        """, Apply);

    private static void Apply(StoredEvent stored, ViewChanges changes)
    {
        switch (stored.Data)
        {
            case RunSubmitted e:
                Submit(e, stored, changes);
                break;
            case RunSucceeded e:
                End(e.Run, "succeeded", null, stored, changes);
                break;
            case RunFailed e:
                End(e.Run, "failed", $"{e.Path}: {e.Reason}", stored, changes);
                break;
            case RunCancelled e:
                End(e.Run, "cancelled", e.Reason, stored, changes);
                break;
            case RunCancelling e:
                changes.Add("UPDATE run SET status = 'cancelling', grace = @Grace WHERE id = @Run", new { Run = e.Run.Value, Grace = e.Grace.ToUniversalTime() });
                changes.Add("UPDATE step SET status = 'cancelling' WHERE run = @Run AND status IN ('queued', 'running')", new { Run = e.Run.Value });
                break;
            default:
                StepEvents.Apply(stored, changes);
                break;
        }
    }

    private static void Submit(RunSubmitted e, StoredEvent stored, ViewChanges changes)
    {
        changes.Add("INSERT INTO run (id, position, name, status, submitted_by, submitted_at, retry_of, reproduces) VALUES (@Run, @Position, @Name, 'queued', @SubmittedBy, @At, @RetryOf, @Reproduces)",
            new { Run = e.Run.Value, stored.Position, e.Specification.Name, e.SubmittedBy, stored.At, RetryOf = e.RetryOf?.Value, Reproduces = e.Reproduces?.Run.Value });
        var steps = PipelinePlan.Of(e).Steps;
        changes.Add("INSERT INTO step (run, ordinal, path, kind, name) SELECT @Run, * FROM unnest(@Ordinals, @Paths, @Kinds, @Names)", new
        {
            Run = e.Run.Value,
            Ordinals = Enumerable.Range(1, steps.Count).ToArray(),
            Paths = steps.Select(s => s.Path).ToArray(),
            Kinds = steps.Select(s => s.Kind).ToArray(),
            Names = steps.Select(s => s.Name).ToArray(),
        });
    }

    private static void End(RunId run, string status, string? reason, StoredEvent stored, ViewChanges changes)
    {
        changes.Add("UPDATE run SET status = @status, reason = @reason, ended_at = @At WHERE id = @Run", new { Run = run.Value, status, reason, stored.At });
        changes.Add("UPDATE step SET status = 'cancelled', ended_at = @At WHERE run = @Run AND status IN ('queued', 'running', 'cancelling')", new { Run = run.Value, stored.At });
    }
}
