using AgentOps.Contracts;
using AgentOps.Tests;
using Aspire.Hosting;
using MassTransit;
using RabbitMQ.Client;

namespace AgentOps.Hosting.Tests;

/// <summary>A RabbitMQ of the tests' own.</summary>
public sealed class Broker : IAsyncLifetime
{
    private DistributedApplication? _app;
    private IConnection? _connection;
    private string _address = "";

    public DeadLetters DeadLetters => new(_address);

    public async Task InitializeAsync()
    {
        var builder = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Ephemeral = true });
        builder.AddRabbitMQ("rabbitmq");
        _app = builder.Build();
        await _app.StartAsync();
        _address = (await _app.GetConnectionStringAsync("rabbitmq"))!;
        _connection = await new ConnectionFactory { Uri = new Uri(_address) }.CreateConnectionAsync();
    }

    public Task<IChannel> ChannelAsync() => _connection!.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true));

    /// <summary>A consumer on one of the system's queues that is not tried again: what it throws makes a dead letter at once.</summary>
    public IBusControl Consuming(WorkQueue queue, Action<WakeUp> consume) => ImpatientConsumer.On(_address, queue, consume);

    public async Task DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        if (_app is not null)
            await _app.DisposeAsync();
    }
}
