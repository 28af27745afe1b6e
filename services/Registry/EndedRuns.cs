using AgentOps.Contracts;
using AgentOps.Ledger;
using Dapper;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>The runs that have ended and whose files were not deleted.</summary>
public static class EndedRuns
{
    public static readonly View Definition = new("ended-runs", 1, ["run", "deletion"], ["ended_run"],
        """
        CREATE TABLE ended_run (run uuid PRIMARY KEY, ended_at timestamptz NOT NULL);
        CREATE INDEX ON ended_run (ended_at);
        """, Apply);

    /// <summary>Those that ended before a time, the oldest first.</summary>
    public static Task<IReadOnlyList<RunId>> BeforeAsync(NpgsqlDataSource db, DateTimeOffset time, CancellationToken ct) => db.ReadAsync<IReadOnlyList<RunId>>(async connection =>
        [.. (await connection.QueryAsync<Guid>(new CommandDefinition("SELECT run FROM ended_run WHERE ended_at < @time ORDER BY ended_at, run", new { time }, cancellationToken: ct))).Select(RunId.From)], ct);

    private static void Apply(StoredEvent stored, ViewChanges changes)
    {
        if (stored.Data is RunSucceeded or RunFailed or RunCancelled)
            changes.Add("INSERT INTO ended_run VALUES (@Run, @At)", new { stored.Meta.Run, stored.At });
        if (stored.Data is DeletionCompleted deleted)
            changes.Add("DELETE FROM ended_run WHERE run = @Run", new { Run = deleted.Run.Value });
    }
}
