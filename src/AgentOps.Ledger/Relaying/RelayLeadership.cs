using AgentOps.Contracts;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>The right to relay: a session lock, and the cursor that only its holder's connection moves.</summary>
internal sealed class RelayLeadership : IAsyncDisposable
{
    private const long LockKey = 0x52_656c_6179; // "Relay"
    private const int Window = 128;
    private const string CursorName = "bus";

    // Every process of the stack asks, also while nothing happens: the pause bounds what an idle stack costs, and how long a dead relay is missed.
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(5);

    private readonly NpgsqlConnection _connection;

    private RelayLeadership(NpgsqlConnection connection) => _connection = connection;

    /// <summary>Everything up to here was confirmed by the broker.</summary>
    public long Confirmed { get; private set; }

    /// <summary>Waits until no other process relays. The lock ends with the connection, which no pool keeps.</summary>
    public static async Task<RelayLeadership> TakeAsync(string connectionString, CancellationToken ct)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false, KeepAlive = 10 };
        var leadership = new RelayLeadership(new NpgsqlConnection(settings.ConnectionString));
        try
        {
            await leadership._connection.OpenAsync(ct);
            while (!(bool)(await leadership.ScalarAsync($"SELECT pg_try_advisory_lock({LockKey})", ct))!)
                await Task.Delay(TryAgainAfter, ct);
            await leadership.ScalarAsync("LISTEN ledger", ct);
            leadership.Confirmed = (long?)await leadership.ScalarAsync($"SELECT position FROM ledger.relay WHERE name = '{CursorName}'", ct) ?? 0;
            var head = (long)(await leadership.ScalarAsync("SELECT position FROM ledger.head", ct))!;
            return leadership.Confirmed <= head
                ? leadership
                : throw new RelayStoppedException(
                    $"The relay's cursor at {leadership.Confirmed} is ahead of the ledger's end at {head}: the ledger was restored from an older backup.");
        }
        catch
        {
            await leadership.DisposeAsync();
            throw;
        }
    }

    /// <summary>The events behind the confirmed position, in order; empty when there are none yet.</summary>
    public async Task<IReadOnlyList<WakeUp>> NextWindowAsync(CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(
            "SELECT e.position, e.id, e.type, e.stream FROM ledger.event e WHERE e.position > $1 ORDER BY e.position LIMIT $2", _connection);
        command.Parameters.Add(new() { Value = Confirmed });
        command.Parameters.Add(new() { Value = Window });
        await using var reader = await command.ExecuteReaderAsync(ct);
        var window = new List<WakeUp>();
        while (await reader.ReadAsync(ct))
            window.Add(new(reader.GetInt64(0), reader.GetGuid(1), reader.GetString(2), reader.GetString(3)));
        return window;
    }

    /// <summary>Returns at the next append, or after 5 s.</summary>
    public Task WaitForMoreAsync(CancellationToken ct) => _connection.WaitAsync(Poll, ct);

    public async Task ConfirmAsync(long position, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand("SELECT ledger.advance_relay($1, $2)", _connection);
        command.Parameters.Add(new() { Value = CursorName });
        command.Parameters.Add(new() { Value = position });
        await command.ExecuteNonQueryAsync(ct);
        Confirmed = position;
    }

    public ValueTask DisposeAsync() => _connection.DisposeAsync();

    private async Task<object?> ScalarAsync(string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        return await command.ExecuteScalarAsync(ct);
    }
}
