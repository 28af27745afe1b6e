using AgentOps.Contracts;
using AgentOps.Generator;
using AgentOps.Judge;
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
        ("judge", ReviewView.Definition),
        ("trainer", TrainingView.Definition),
        ("registry", ModelView.Definition),
        ("registry", LineageView.Definition),
        ("registry", RecordView.Definition),
        ("registry", EndedRuns.Definition),
    ];

    /// <summary>Compared while nothing is appended: what was refused before may still come into the ledger, and then they are compared again.</summary>
    public static async Task AssertEqualToRebuiltAsync(this Stack stack)
    {
        for (var head = 0L; head != await stack.Facts.HeadAsync();)
        {
            head = await stack.Facts.HeadAsync();
            if (await DifferenceAsync(stack, head) is { } difference && head == await stack.Facts.HeadAsync())
                Assert.Fail(difference);
        }
    }

    private static async Task<string?> DifferenceAsync(Stack stack, long head)
    {
        foreach (var (service, view) in All)
        {
            await using var database = await stack.ConnectAsync(service);
            await using var ledger = new LedgerStore(database, AllEvents.Registry, new Producer("tests", "0"));
            var projection = new Projection(ledger, service, view);
            Assert.Equal(0, await projection.WaitForAsync(head, Patience.Limit));
            var rebuilt = await projection.RebuildAsOfAsync(head);
            foreach (var table in view.Tables)
                if (!(await RowsAsync(database, rebuilt, table)).SequenceEqual(await RowsAsync(database, service, table)))
                    return $"The table {table} of {service} differs from what the first {head} events make of it.";
        }
        return null;
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
