using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Generator;

/// <summary>All trajectories with their verdicts, for lists.</summary>
public static class TrajectoryView
{
    public static readonly View Definition = new("trajectories", 2, ["trajectory", "judgement"], ["trajectory", "score"],
        """
        CREATE TABLE trajectory (position bigint PRIMARY KEY, id uuid NOT NULL UNIQUE, run uuid NOT NULL, generation uuid NOT NULL, task text NOT NULL, task_type text NOT NULL,
            sample int NOT NULL, policy text NOT NULL, outcome text NOT NULL, reward double precision, turns int NOT NULL, verdict text);
        CREATE INDEX ON trajectory (run, position);
        CREATE INDEX ON trajectory (verdict, position);
        CREATE TABLE score (trajectory uuid NOT NULL, position bigint NOT NULL, verdict text NOT NULL, opinions json NOT NULL, encrypted_reasons json, PRIMARY KEY (trajectory, position));
        """, Apply);

    private static void Apply(StoredEvent stored, ViewChanges changes)
    {
        if (stored.Data is TrajectoryRecorded t)
            changes.Add("INSERT INTO trajectory VALUES (@Position, @Id, @Run, @Generation, @Task, @TaskType, @Sample, @Policy, @Outcome, @Reward, @Turns)", new
            {
                stored.Position, Id = t.Trajectory.Value, Run = t.Run.Value, Generation = t.Generation.Value, t.Task, t.TaskType, t.Sample,
                Policy = t.Policy.ToString(), Outcome = Name(t.Outcome), t.Reward, Turns = t.TurnCount,
            });
        else if (stored.Data is TrajectoryJudged judged)
        {
            var row = new { Trajectory = judged.Trajectory.Value, stored.Position, Verdict = Name(judged.Verdict) };
            changes.Add("INSERT INTO score VALUES (@Trajectory, @Position, @Verdict, @Opinions::json, @EncryptedReasons::json)", row, new
            {
                Opinions = JsonSerializer.Serialize(judged.Opinions, EventRegistry.Json),
                EncryptedReasons = judged.EncryptedReasons is { } reasons ? JsonSerializer.Serialize(reasons, EventRegistry.Json) : null,
            });
            changes.Add("UPDATE trajectory SET verdict = @Verdict WHERE id = @Trajectory", row);
        }
    }

    private static string Name<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
