using Npgsql;

namespace AgentOps.Ledger;

/// <summary>The connections of one service to the ledger's database.</summary>
public static class LedgerDataSource
{
    /// <summary>Ten pooled connections and prepared statements, so that nine services with replicas stay below the server's limit.</summary>
    /// <param name="connectionString">A service's own role; what it says itself about pooling and preparing stands.</param>
    public static NpgsqlDataSource Create(string connectionString)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        if (!settings.ContainsKey("Maximum Pool Size"))
            settings.MaxPoolSize = 10;
        if (!settings.ContainsKey("Max Auto Prepare"))
            settings.MaxAutoPrepare = 40;
        // So that a view that stops can say at which event.
        settings.IncludeFailedBatchedCommand = true;
        return new NpgsqlDataSourceBuilder(settings.ConnectionString).Build();
    }
}
