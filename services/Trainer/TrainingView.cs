using AgentOps.Contracts;
using AgentOps.Ledger;
using Dapper;
using Npgsql;

namespace AgentOps.Trainer;

/// <summary>The trainings that are not answered yet: where a worker looks for work.</summary>
public static class TrainingView
{
    public static readonly View Definition = new("trainings", 1, ["training"], ["open_training"],
        "CREATE TABLE open_training (id uuid PRIMARY KEY, attempt int NOT NULL, queued_at bigint NOT NULL);", Apply);

    /// <summary>The oldest first.</summary>
    public static async Task<IReadOnlyList<TrainingId>> OpenAsync(NpgsqlDataSource db, CancellationToken ct)
    {
        var open = await db.ReadAsync(connection => connection.QueryAsync<Guid>("SELECT id FROM open_training ORDER BY queued_at LIMIT 20"), ct);
        return [.. open.Select(TrainingId.From)];
    }

    private static void Apply(StoredEvent stored, ViewChanges changes)
    {
        switch (stored.Data)
        {
            case TrainingQueued queued:
                changes.Add("INSERT INTO open_training VALUES (@Id, @Attempt, @Position) ON CONFLICT (id) DO UPDATE SET attempt = @Attempt",
                    new { Id = queued.Training.Value, queued.Step.Attempt, stored.Position });
                break;
            case TrainingCompleted answer:
                Close(answer.Training, answer.Step, changes);
                break;
            case TrainingFailed answer:
                Close(answer.Training, answer.Step, changes);
                break;
            case TrainingCancelled answer:
                Close(answer.Training, answer.Step, changes);
                break;
        }
    }

    private static void Close(TrainingId id, StepKey step, ViewChanges changes) =>
        changes.Add("DELETE FROM open_training WHERE id = @Id AND attempt <= @Attempt", new { Id = id.Value, step.Attempt });
}
