using System.Text.Json;
using Aspire.Hosting;
using Npgsql;
using RabbitMQ.Client;

namespace AgentOps.AppModel.Tests;

/// <summary>Two whole stacks started at the same moment in folders of their own, as two people on one machine have them.</summary>
public sealed class Two_stacks
{
    private static readonly HttpClient Http = new();

    [Fact]
    public async Task Side_by_side_are_both_healthy_share_neither_ports_nor_secrets_and_one_outlives_the_other()
    {
        using var oneHome = new Home();
        using var otherHome = new Home();
        await using var one = Describe(oneHome);
        await using var other = Describe(otherHome);
        await Task.WhenAll(one.StartAsync(), other.StartAsync());

        await AssertHealthyAsync(one);
        await AssertHealthyAsync(other);
        Assert.Distinct(Ports(one).Concat(Ports(other)));
        Assert.Distinct(Secrets(oneHome).Concat(Secrets(otherHome)));
        await AssertRefusesAsync(one, await other.GetConnectionStringAsync("ledger"));

        var processes = Processes(one);
        await other.StopAsync();

        Assert.Empty(otherHome.Processes());
        await AssertHealthyAsync(one);
        Assert.Equal(processes, Processes(one));

        await other.StartAsync();
        await AssertHealthyAsync(other);
        Assert.Equal(processes, Processes(one));
    }

    private static DistributedApplication Describe(Home home)
    {
        var builder = home.CreateBuilder();
        var ledger = builder.AddPostgres("postgres").AddDatabase("ledger");
        var rabbitmq = builder.AddRabbitMQ("rabbitmq");
        builder.AddProject("sample", "tests/AgentOps.AppModel.Tests/Sample")
            .WithReference(ledger.AddRole("sample"), "ledger").WithReference(rabbitmq).WithEnvironment("KEY", builder.AddParameter("service-key", new(), secret: true))
            .WithHttpEndpoint().WithHttpHealthCheck().WaitFor(rabbitmq).WaitFor(ledger);
        return builder.Build();
    }

    private static async Task AssertHealthyAsync(DistributedApplication app)
    {
        Assert.Equal("healthy", await Http.GetStringAsync(new Uri(app.GetEndpoint("sample"), "/health")));
        await using var database = new NpgsqlConnection(await app.GetConnectionStringAsync("ledger") + ";Pooling=false");
        await database.OpenAsync();
        await using var broker = await new ConnectionFactory { Uri = new Uri((await app.GetConnectionStringAsync("rabbitmq"))!) }.CreateConnectionAsync();
    }

    /// <summary>Who knows one stack's password does not come into the other.</summary>
    private static async Task AssertRefusesAsync(DistributedApplication app, string? connectionStringOfTheOther)
    {
        var crossed = new NpgsqlConnectionStringBuilder(connectionStringOfTheOther) { Port = app.GetEndpoint("postgres", "tcp").Port, Pooling = false };
        await using var database = new NpgsqlConnection(crossed.ConnectionString);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => database.OpenAsync());
        Assert.Equal(PostgresErrorCodes.InvalidPassword, refused.SqlState);
    }

    private static int[] Ports(DistributedApplication app) =>
        [app.GetEndpoint("postgres", "tcp").Port, app.GetEndpoint("rabbitmq", "tcp").Port, app.GetEndpoint("rabbitmq-epmd", "tcp").Port, app.GetEndpoint("sample").Port];

    private static int[] Processes(DistributedApplication app) =>
        [.. ((string[])["postgres", "rabbitmq", "rabbitmq-epmd", "sample"]).SelectMany(app.GetProcessIds)];

    private static ICollection<string> Secrets(Home home) =>
        JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(Path.Combine(home.Path, "secrets.json")))!.Values;
}
