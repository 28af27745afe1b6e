using AgentOps.Contracts;
using Aspire.Hosting;
using MassTransit;
using RabbitMQ.Client;

namespace AgentOps.Hosting.Tests;

/// <summary>A RabbitMQ of the tests' own, and a consumer on one of the system's queues that is not tried again.</summary>
public sealed class Broker : IAsyncLifetime
{
    /// <summary>Far above what anything here takes on a busy machine.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(50);
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

    public IBusControl Consuming(WorkQueue queue, Action<WakeUp> consume) => MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit =>
    {
        rabbit.Host(new Uri(_address));
        rabbit.ReceiveEndpoint(queue.Name, endpoint =>
        {
            endpoint.ConfigureConsumeTopology = false;
            endpoint.SetQuorumQueue();
            endpoint.Handler<WakeUp>(context =>
            {
                consume(context.Message);
                return Task.CompletedTask;
            });
        });
    });

    /// <summary>Looks until there is something to see.</summary>
    /// <exception cref="TimeoutException">It did not come in time.</exception>
    public static async Task<T> UntilAsync<T>(Func<Task<T?>> look) where T : class
    {
        using var timer = new PeriodicTimer(LookAgain);
        for (var deadline = DateTime.UtcNow + Limit; DateTime.UtcNow < deadline; await timer.WaitForNextTickAsync())
            if (await look() is { } seen)
                return seen;
        throw new TimeoutException($"Waited {Limit} in vain.");
    }

    public async Task DisposeAsync()
    {
        if (_connection is not null)
            await _connection.DisposeAsync();
        if (_app is not null)
            await _app.DisposeAsync();
    }
}
