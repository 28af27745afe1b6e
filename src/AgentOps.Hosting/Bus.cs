using AgentOps.Contracts;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using RabbitMQ.Client;

namespace AgentOps.Hosting;

/// <summary>The bus: one message type, a direct exchange keyed by event type, durable quorum queues, and nothing transient.</summary>
internal static class Bus
{
    public const string Exchange = "agentops.wake-ups";

    /// <summary>Adds the bus with the queues that this service consumes.</summary>
    public static void AddBus(this IServiceCollection services, string connectionString, IReadOnlyList<ConsumedQueue> queues)
    {
        services.AddMassTransit(bus =>
        {
            bus.DisableUsageTelemetry();
            bus.UsingRabbitMq((context, rabbit) =>
            {
                Configure(rabbit, connectionString);
                foreach (var consumed in queues)
                    rabbit.ReceiveEndpoint(consumed.Queue.Name, endpoint =>
                    {
                        Declare(endpoint, consumed.Queue);
                        endpoint.PrefetchCount = consumed.Queue.Prefetch;
                        endpoint.ConcurrentMessageLimit = consumed.Queue.Prefetch;
                        endpoint.UseMessageRetry(Delivery.Retries);
                        endpoint.Consumer(() => new WakeUpConsumer(context, consumed.Consumer));
                    });
            });
        });
        services.Configure<MassTransitHostOptions>(options =>
        {
            options.WaitUntilStarted = true;
            options.StopTimeout = TimeSpan.FromSeconds(20);
        });
    }

    /// <summary>Declares every queue of the system with its bindings, so that nothing published can be lost for want of a listener.</summary>
    public static async Task DeclareTopologyAsync(string connectionString, CancellationToken ct)
    {
        var bus = MassTransit.Bus.Factory.CreateUsingRabbitMq(rabbit =>
        {
            Configure(rabbit, connectionString);
            rabbit.DeployTopologyOnly = true;
            foreach (var queue in Topology.Queues)
                rabbit.ReceiveEndpoint(queue.Name, endpoint => Declare(endpoint, queue));
        });
        await bus.DeployAsync(ct);
    }

    private static void Configure(IRabbitMqBusFactoryConfigurator rabbit, string connectionString)
    {
        rabbit.Host(new Uri(connectionString));
        rabbit.Message<WakeUp>(message => message.SetEntityName(Exchange));
        rabbit.Publish<WakeUp>(publish =>
        {
            publish.ExchangeType = ExchangeType.Direct;
            publish.Durable = true;
            publish.AutoDelete = false;
        });
        rabbit.Send<WakeUp>(send => send.UseRoutingKeyFormatter(context => context.Message.Type));
    }

    private static void Declare(IRabbitMqReceiveEndpointConfigurator endpoint, WorkQueue queue)
    {
        endpoint.ConfigureConsumeTopology = false;
        endpoint.SetQuorumQueue();
        foreach (var type in queue.EventTypes)
            endpoint.Bind(Exchange, binding =>
            {
                binding.ExchangeType = ExchangeType.Direct;
                binding.Durable = true;
                binding.AutoDelete = false;
                binding.RoutingKey = type;
            });
    }
}

/// <summary>A queue and the class that answers its wake-ups.</summary>
internal sealed record ConsumedQueue(WorkQueue Queue, Type Consumer);
