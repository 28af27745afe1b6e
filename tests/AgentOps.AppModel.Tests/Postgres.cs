using Aspire.Hosting;
using Npgsql;

namespace AgentOps.AppModel.Tests;

public sealed class A_private_postgres
{
    [Fact]
    public async Task Starts_with_its_database_and_with_every_durability_setting_on()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Ephemeral = true });
        builder.AddPostgres("postgres").AddDatabase("ledger");
        await using var app = builder.Build();
        await app.StartAsync();

        await using var connection = new NpgsqlConnection(await app.GetConnectionStringAsync("ledger"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT current_setting('fsync') || current_setting('full_page_writes') || current_setting('synchronous_commit')", connection);
        Assert.Equal("ononon", await command.ExecuteScalarAsync());
    }
}
