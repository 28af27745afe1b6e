using Aspire.Hosting;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AgentOps.AppModel.Tests;

public sealed class A_private_rabbitmq
{
    [Fact]
    public async Task Knows_its_generated_user_and_no_guest()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Ephemeral = true });
        builder.AddRabbitMQ("rabbitmq");
        await using var app = builder.Build();
        await app.StartAsync();

        var uri = new Uri((await app.GetConnectionStringAsync("rabbitmq"))!);
        await using var connection = await new ConnectionFactory { Uri = uri }.CreateConnectionAsync();
        Assert.True(connection.IsOpen);
        var guest = new UriBuilder(uri) { UserName = "guest", Password = "guest" }.Uri;
        var refused = await Assert.ThrowsAsync<BrokerUnreachableException>(() => new ConnectionFactory { Uri = guest }.CreateConnectionAsync());
        Assert.IsType<AuthenticationFailureException>(refused.InnerException);
    }
}
