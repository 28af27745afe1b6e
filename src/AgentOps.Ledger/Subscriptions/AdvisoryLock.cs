using System.Data;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>A named lock over all processes of a database, held until disposed or until the connection ends.</summary>
internal sealed class AdvisoryLock : IAsyncDisposable
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(200);

    private readonly NpgsqlConnection _connection;
    private readonly string _name;

    private AdvisoryLock(NpgsqlConnection connection, string name)
    {
        _connection = connection;
        _name = name;
    }

    public static async Task<AdvisoryLock> TakeAsync(NpgsqlDataSource db, string name, CancellationToken ct)
    {
        var taken = new AdvisoryLock(await db.OpenConnectionAsync(ct), name);
        try
        {
            while (!await taken.AskAsync("SELECT pg_try_advisory_lock(hashtext($1))", ct))
                await Task.Delay(LookAgainAfter, ct);
            return taken;
        }
        catch
        {
            await taken._connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>Asks on the lock's own connection, with which it would be gone.</summary>
    /// <exception cref="NpgsqlException">It is gone.</exception>
    public Task CheckAsync(CancellationToken ct) => AskAsync("SELECT $1 IS NOT NULL", ct);

    /// <summary>Unlocks explicitly: a pooled connection keeps its locks until it is used again.</summary>
    public async ValueTask DisposeAsync()
    {
        try
        {
            await AskAsync("SELECT pg_advisory_unlock(hashtext($1))", CancellationToken.None);
        }
        catch (Exception cause) when (TryAgain.Helps(cause) || _connection.State != ConnectionState.Open)
        {
            // The connection is gone, and the lock with it.
        }
        finally
        {
            await _connection.DisposeAsync();
        }
    }

    private async Task<bool> AskAsync(string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, _connection);
        command.Parameters.Add(new() { Value = _name });
        return (bool)(await command.ExecuteScalarAsync(ct))!;
    }
}
