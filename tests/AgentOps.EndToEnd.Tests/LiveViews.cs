using AgentOps.Contracts;
using AgentOps.Generator;
using AgentOps.Ledger;
using AgentOps.Pipeline;
using AgentOps.Registry;
using AgentOps.Trainer;
using Npgsql;

namespace AgentOps.EndToEnd.Tests;

/// <summary>The services' views beside what their definitions make of the ledger from its first event on.</summary>
public static class LiveViews
{
    private static readonly (string Service, View View)[] All =
    [
        ("pipeline", RunView.Definition),
        ("generator", TrajectoryView.Definition),
        ("trainer", TrainingView.Definition),
        ("registry", ModelView.Definition),
        ("registry", LineageView.Definition),
    ];

    public static async Task AssertEqualToRebuiltAsync(this Stack stack)
    {
        var head = await stack.Facts.HeadAsync();
        foreach (var (service, view) in All)
        {
            await using var database = await stack.ConnectAsync(service);
            await using var ledger = new LedgerStore(database, AllEvents.Registry, new Producer("tests", "0"));
            var projection = new Projection(ledger, service, view);
            Assert.Equal(0, await projection.WaitForAsync(head, Patience.Limit));
            var rebuilt = await projection.RebuildAsOfAsync(head);
            foreach (var table in view.Tables)
                Assert.Equal(await RowsAsync(database, rebuilt, table), await RowsAsync(database, service, table));
        }
        Assert.Equal(head, await stack.Facts.HeadAsync());
    }

    private static async Task<List<string>> RowsAsync(NpgsqlDataSource database, string schema, string table)
    {
        await using var command = database.CreateCommand($"SELECT t::text FROM {schema}.{table} t ORDER BY 1");
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<string>();
        while (await reader.ReadAsync())
            rows.Add(reader.GetString(0));
        return rows;
    }
}
