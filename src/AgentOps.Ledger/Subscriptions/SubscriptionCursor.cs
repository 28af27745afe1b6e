using Npgsql;

namespace AgentOps.Ledger;

/// <summary>How far a subscription has come: a row in the service's own schema, which is first on its role's search path.</summary>
internal static class SubscriptionCursor
{
    /// <summary>The stored position; a new subscription starts before the first event.</summary>
    public static async Task<long> LoadAsync(NpgsqlDataSource db, string name, string definition, CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await ExecuteAsync(transaction, "INSERT INTO subscription (name, position, definition) VALUES ($1, 0, $2) ON CONFLICT (name) DO NOTHING", ct, name, definition);
        var position = await PositionAsync(transaction, name, definition, ct);
        await transaction.CommitAsync(ct);
        return position;
    }

    /// <summary>The definition the cursor belongs to, or null where there is no cursor yet.</summary>
    public static async Task<string?> DefinitionAsync(NpgsqlDataSource db, string name, CancellationToken ct)
    {
        await using var command = db.CreateCommand("SELECT definition FROM subscription WHERE name = $1");
        command.Parameters.Add(new() { Value = name });
        return (string?)await command.ExecuteScalarAsync(ct);
    }

    /// <exception cref="DefinedAnewException">The cursor belongs to another definition.</exception>
    /// <exception cref="InvalidOperationException">It is gone.</exception>
    public static async Task<long> PositionAsync(NpgsqlTransaction transaction, string name, string definition, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT position, definition FROM subscription WHERE name = $1", transaction.Connection, transaction);
        command.Parameters.Add(new() { Value = name });
        await using var row = await command.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct))
            throw new InvalidOperationException($"The cursor of subscription '{name}' is gone.");
        return row.GetString(1) == definition
            ? row.GetInt64(0)
            : throw new DefinedAnewException($"Subscription '{name}' was defined anew by another version of its service: restart this one.");
    }

    /// <summary>Moves the cursor and keeps it locked to the transaction's end; false where it is further on already, belongs to another definition or is gone.</summary>
    public static async Task<bool> TryMoveAsync(NpgsqlTransaction transaction, string name, string definition, long from, long to, CancellationToken ct) =>
        await ExecuteAsync(transaction, "UPDATE subscription SET position = $4 WHERE name = $1 AND definition = $2 AND position <= $3", ct, name, definition, from, to) == 1;

    public static async Task MoveAsync(NpgsqlDataSource db, string name, long position, CancellationToken ct)
    {
        await using var command = db.CreateCommand("UPDATE subscription SET position = greatest(position, $2) WHERE name = $1");
        command.Parameters.Add(new() { Value = name });
        command.Parameters.Add(new() { Value = position });
        await command.ExecuteNonQueryAsync(ct);
    }

    public static Task DefineAsync(NpgsqlTransaction transaction, string name, long position, string definition, CancellationToken ct) =>
        ExecuteAsync(transaction, """
            INSERT INTO subscription (name, position, definition) VALUES ($1, $2, $3)
            ON CONFLICT (name) DO UPDATE SET position = $2, definition = $3
            """, ct, name, position, definition);

    private static async Task<int> ExecuteAsync(NpgsqlTransaction transaction, string sql, CancellationToken ct, params object[] parameters)
    {
        await using var command = new NpgsqlCommand(sql, transaction.Connection, transaction);
        foreach (var parameter in parameters)
            command.Parameters.Add(new() { Value = parameter });
        return await command.ExecuteNonQueryAsync(ct);
    }
}
