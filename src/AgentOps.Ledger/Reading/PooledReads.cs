using Npgsql;

namespace AgentOps.Ledger;

/// <summary>Reads over the pool, whose connections may have died unnoticed while nobody used them.</summary>
public static class PooledReads
{
    private static readonly TimeSpan RetryFor = TimeSpan.FromSeconds(30);

    /// <summary>Reads on a connection of the pool; from the start on another one when the database was not reached or ended the session.</summary>
    /// <param name="read">Changes nothing, and hands out nothing before it has read all: it may be called several times.</param>
    /// <exception cref="LedgerUnavailableException">The database did not answer for 30 s.</exception>
    public static Task<T> ReadAsync<T>(this NpgsqlDataSource db, Func<NpgsqlConnection, Task<T>> read, CancellationToken ct = default) =>
        db.ReadAsync(read, TimeProvider.System, ct);

    /// <summary>The same without a second try, for a reader to whom a lost session says something.</summary>
    internal static async Task<T> ReadOnceAsync<T>(this NpgsqlDataSource db, Func<NpgsqlConnection, Task<T>> read, CancellationToken ct)
    {
        await using var connection = await db.OpenConnectionAsync(ct);
        return await read(connection);
    }

    internal static async Task<T> ReadAsync<T>(this NpgsqlDataSource db, Func<NpgsqlConnection, Task<T>> read, TimeProvider time, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var connection = await db.OpenConnectionAsync(ct);
                return await read(connection);
            }
            catch (Exception cause) when (TryAgain.Helps(cause))
            {
                if (time.GetElapsedTime(start) > RetryFor)
                    throw new LedgerUnavailableException($"The ledger's database did not answer for {RetryFor.TotalSeconds:0} s: {cause.Message}", cause);
                await Task.Delay(TryAgain.After(attempt), time, ct);
            }
        }
    }
}
