using System.Net.Sockets;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>Which failures mean that the database was not reached, ended the session or had no lock to give, so that trying again can help.</summary>
internal static class TryAgain
{
    /// <summary>SQLSTATE classes 08 (connection) and 53 (resources), 55P03 (lock timeout), and 57P (the server stops, starts or ends the session).</summary>
    public static bool Helps(Exception cause) => cause switch
    {
        PostgresException refused => refused.SqlState[..2] is "08" or "53" || refused.SqlState == PostgresErrorCodes.LockNotAvailable || refused.SqlState.StartsWith("57P", StringComparison.Ordinal),
        NpgsqlException or LedgerUnavailableException or IOException or SocketException or TimeoutException => true,
        _ => false,
    };

    /// <summary>The pause before the next attempt: 40 ms, doubled up to 2 s.</summary>
    /// <param name="attempt">1 for the one that failed first.</param>
    public static TimeSpan After(int attempt) => TimeSpan.FromMilliseconds(Math.Min(2000, 20 << Math.Min(attempt, 7)));
}
