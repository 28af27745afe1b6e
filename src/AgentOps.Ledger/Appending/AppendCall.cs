using Npgsql;
using NpgsqlTypes;

namespace AgentOps.Ledger;

/// <summary>One call of <c>ledger.append</c> for several appends: one round trip, one commit, an outcome for each.</summary>
internal static class AppendCall
{
    private const string Sql = "SELECT outcome, first_position, last_position, last_version, detail FROM ledger.append($1, $2, $3, $4, $5, $6, $7, $8)";

    private const string Plans = "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off";

    /// <summary>Opens a connection that keeps the plans which fit a ledger of any size: one made while it was small must not outlive that.</summary>
    public static async Task<NpgsqlConnection> ConnectAsync(NpgsqlDataSource db, CancellationToken ct)
    {
        var connection = await db.OpenConnectionAsync(ct);
        try
        {
            await using var command = new NpgsqlCommand(Plans, connection);
            await command.ExecuteNonQueryAsync(ct);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Sends the appends. When this returns they are stored, or the ledger has said why not.</summary>
    /// <returns>A row for each of their writes.</returns>
    public static async Task<List<Row>> SendAsync(NpgsqlConnection connection, IReadOnlyList<Append> appends, CancellationToken ct)
    {
        await using var command = Encode(connection, appends);
        await command.PrepareAsync(ct);
        await using var reader = await command.ExecuteReaderAsync(ct);
        var outcomes = new List<Row>();
        while (await reader.ReadAsync(ct))
            outcomes.Add(new(
                reader.GetString(0),
                reader.IsDBNull(1) ? 0 : reader.GetInt64(1),
                reader.IsDBNull(2) ? 0 : reader.GetInt64(2),
                reader.GetInt32(3),
                reader.IsDBNull(4) ? "" : reader.GetString(4)));
        // The end of the result is the commit's acknowledgement; nothing is settled before it.
        await reader.CloseAsync();
        return outcomes;
    }

    /// <summary>Tells each append its outcome.</summary>
    public static void Settle(IReadOnlyList<Append> appends, List<Row> outcomes)
    {
        var next = 0;
        foreach (var append in appends)
        {
            Settle(append, outcomes.GetRange(next, append.Writes.Count));
            next += append.Writes.Count;
        }
    }

    private static NpgsqlCommand Encode(NpgsqlConnection connection, IReadOnlyList<Append> appends)
    {
        var writes = appends.SelectMany((append, group) => append.Writes.Select(write => (Group: group + 1, Write: write))).ToArray();
        var command = new NpgsqlCommand(Sql, connection);
        Add(command, "integer[]", writes.Select(w => w.Group).ToArray());
        Add(command, "text[]", writes.Select(w => w.Write.Stream).ToArray());
        Add(command, "integer[]", writes.Select(w => w.Write.Expected).ToArray());
        Add(command, "integer[]", writes.Select(w => w.Write.Ids.Count).ToArray());
        Add(command, "uuid[]", writes.SelectMany(w => w.Write.Ids).ToArray());
        Add(command, "text[]", writes.SelectMany(w => w.Write.Types).ToArray());
        Add(command, "text[]", writes.Select(w => w.Write.Meta).ToArray());
        Add(command, "text[]", writes.SelectMany(w => w.Write.Data).ToArray());
        return command;
    }

    private static void Add<T>(NpgsqlCommand command, string type, T value) =>
        command.Parameters.Add(new NpgsqlParameter<T> { TypedValue = value, DataTypeName = type });

    private static void Settle(Append append, List<Row> rows)
    {
        switch (rows[0].Outcome)
        {
            case "appended" or "repeated":
                append.Succeed(new(rows[0].Outcome == "repeated",
                    [.. rows.Select((row, i) => new WrittenStream(append.Writes[i].Stream, row.First, row.Last, row.Version))]));
                break;
            case "conflict":
                var at = Enumerable.Range(0, rows.Count).First(i => append.Writes[i].Expected >= 0 && append.Writes[i].Expected != rows[i].Version);
                append.Fail(new VersionConflictException(append.Writes[at].Stream, rows[at].Version, $"Version conflict: {rows[0].Detail}."));
                break;
            default:
                append.Fail(new AppendRefusedException($"The ledger refused the append: {rows[0].Detail}."));
                break;
        }
    }

    public sealed record Row(string Outcome, long First, long Last, int Version, string Detail);
}
