using AgentOps.Contracts;
using AgentOps.Ledger;
using Dapper;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>How a training came to a model: its settings and its seed, and the machine on which it ran.</summary>
public sealed record ModelMaking(long Position, StepKey Step, StepWork Work, int OptimizerSteps, long Tokens, MachineClass Machine, string Code);

internal static class ModelMakings
{
    private const string Completed = "training.completed.v1";

    private sealed record Row(long Position, byte[] Data);

    /// <summary>What the events at these positions say of it; those that complete no training are not among them.</summary>
    public static Task<Dictionary<long, ModelMaking>> AtAsync(NpgsqlDataSource db, IEnumerable<long> positions, CancellationToken ct) => db.ReadAsync(async connection =>
    {
        var rows = await connection.QueryAsync<Row>(LineageRows.Command(
            "SELECT position, convert_to(data::text, 'UTF8') AS data FROM ledger.event WHERE position = ANY(@Positions) AND type = @Completed", new { Positions = positions.ToArray(), Completed }, ct));
        return rows.Select(row => (row.Position, Made: (TrainingCompleted)AllEvents.Registry.Read(Completed, row.Data)))
            .ToDictionary(row => row.Position, row => new ModelMaking(row.Position, row.Made.Step, row.Made.Work, row.Made.OptimizerSteps, row.Made.Tokens, row.Made.Machine, row.Made.Code));
    }, ct);
}
