using System.Net.Sockets;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>Which failures mean that the database was not reached or ended the session, so that trying again can help.</summary>
internal static class LostConnection
{
    /// <summary>SQLSTATE classes 08 (connection) and 53 (resources), and 57P (the server stops, starts or ends the session).</summary>
    public static bool Is(Exception cause) => cause switch
    {
        PostgresException refused => refused.SqlState[..2] is "08" or "53" || refused.SqlState.StartsWith("57P", StringComparison.Ordinal),
        NpgsqlException or IOException or SocketException or TimeoutException => true,
        _ => false,
    };
}
