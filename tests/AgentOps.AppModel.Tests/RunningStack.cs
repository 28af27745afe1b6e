using Aspire.Hosting;
using Xunit;

namespace AgentOps.AppModel.Tests;

/// <summary>One stack of everything, shared by the tests that only look at it or make a service of it fail.</summary>
public sealed class RunningStack : IAsyncLifetime
{
    public Home Home { get; } = new();

    public DistributedApplication App { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        var builder = Home.CreateBuilder();
        var ledger = builder.AddPostgres("postgres").AddDatabase("ledger");
        var rabbitmq = builder.AddRabbitMQ("rabbitmq");
        var key = builder.AddParameter("service-key", new(), secret: true);
        var migrate = builder.AddProject("migrate", "tests/AgentOps.AppModel.Tests/Sample").WithArgs("end", "0")
            .WithRolePasswords("ROLES", ledger).WaitFor(ledger);
        var worker = builder.AddProject("the-worker", "tests/AgentOps.AppModel.Tests/Sample").WithReplicas(2)
            .WithHttpEndpoint().WithHttpHealthCheck().WaitForCompletion(migrate);
        builder.AddProject("front", "tests/AgentOps.AppModel.Tests/Sample")
            .WithReference(ledger.AddRole("front"), "ledger").WithReference(rabbitmq).WithReference(worker).WithEnvironment("KEY", key)
            .WithHttpEndpoint().WithHttpHealthCheck().WaitFor(worker).WaitFor(rabbitmq);
        App = builder.Build();
        await App.StartAsync();
    }

    public async Task DisposeAsync()
    {
        await App.DisposeAsync();
        Home.Dispose();
    }
}
