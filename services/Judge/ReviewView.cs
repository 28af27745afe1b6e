using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Judge;

/// <summary>What people are asked and who has answered, for the queue. A run that ended asks nobody any more.</summary>
public static class ReviewView
{
    public const string Name = "reviews";

    public static readonly View Definition = new(Name, 1, ["review", "run"], ["review", "review_answer", "ended_run"],
        """
        CREATE TABLE review (position bigint PRIMARY KEY, id uuid NOT NULL UNIQUE, run uuid NOT NULL, kind text NOT NULL, task text NOT NULL, wanted int NOT NULL, answers int NOT NULL, open bool NOT NULL,
            subjects text[] NOT NULL, asked_at timestamptz NOT NULL);
        CREATE INDEX ON review (position) WHERE open;
        CREATE INDEX ON review (run, position);
        CREATE TABLE review_answer (review uuid NOT NULL, reviewer text NOT NULL, PRIMARY KEY (review, reviewer));
        CREATE INDEX ON review_answer (reviewer);
        CREATE TABLE ended_run (run uuid PRIMARY KEY);
        """, Apply);

    private static void Apply(StoredEvent stored, ViewChanges changes)
    {
        switch (stored.Data)
        {
            case ReviewRequested e:
                changes.Add("""
                    INSERT INTO review VALUES (@Position, @Review, @Run, @Kind, @Task, @Reviewers, 0, NOT EXISTS (SELECT FROM ended_run WHERE run = @Run), @Subjects, @At)
                    """, new
                {
                    stored.Position, Review = e.Review.Value, Run = e.Run.Value, Kind = e.Trajectories.Count == 2 ? "comparison" : "verdict", e.Task, e.Reviewers, Subjects = (e.Subjects ?? []).ToArray(), stored.At,
                });
                break;
            case ReviewAnswered e:
                changes.Add("INSERT INTO review_answer VALUES (@Review, @Reviewer)", new { Review = e.Review.Value, e.Reviewer });
                changes.Add("UPDATE review SET answers = answers + 1 WHERE id = @Review", new { Review = e.Review.Value });
                break;
            case ReviewClosed e:
                changes.Add("UPDATE review SET open = false WHERE id = @Review", new { Review = e.Review.Value });
                break;
            case RunCancelling e:
                End(e.Run, changes);
                break;
            case RunCancelled e:
                End(e.Run, changes);
                break;
            case RunFailed e:
                End(e.Run, changes);
                break;
        }
    }

    private static void End(RunId run, ViewChanges changes)
    {
        changes.Add("INSERT INTO ended_run VALUES (@Run) ON CONFLICT (run) DO NOTHING", new { Run = run.Value });
        changes.Add("UPDATE review SET open = false WHERE run = @Run AND open", new { Run = run.Value });
    }
}
