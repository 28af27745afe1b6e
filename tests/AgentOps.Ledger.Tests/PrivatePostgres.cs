using Aspire.Hosting;
using Npgsql;

namespace AgentOps.Ledger.Tests;

/// <summary>A PostgreSQL of the tests' own, started through the app model and gone afterwards.</summary>
public sealed class PrivatePostgres : IAsyncLifetime
{
    private DistributedApplication? _app;

    public string AdminConnectionString { get; private set; } = "";

    public async Task InitializeAsync()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Ephemeral = true });
        builder.AddPostgres("postgres").AddDatabase("ledger");
        _app = builder.Build();
        await _app.StartAsync();
        var connectionString = await _app.GetConnectionStringAsync("ledger");
        AdminConnectionString = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false }.ConnectionString;
    }

    public async Task DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
    }
}
