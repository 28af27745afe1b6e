using AgentOps.Contracts;
using AgentOps.Ledger;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentOps.Hosting;

/// <summary>Every service offers to relay; the one that holds the ledger's lock does. A returned message stops the service, loudly.</summary>
internal sealed class RelayHost(IConfiguration configuration, IBus bus, ILogger<Relay> log) : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken ct)
    {
        var publisher = new BusPublisher(bus, configuration["ConnectionStrings:rabbitmq"]!);
        return new Relay(configuration["ConnectionStrings:ledger"]!, publisher, AllEvents.Registry.Knows, Topology.Wakes, log).RunAsync(ct);
    }
}

/// <summary>Publishes wake-ups mandatory and confirmed: a publish completes when the broker has the message in a queue.</summary>
internal sealed class BusPublisher(IBus bus, string connectionString) : IRelayPublisher
{
    public Task DeclareTopologyAsync(CancellationToken ct) => Bus.DeclareTopologyAsync(connectionString, ct);

    public async Task PublishAsync(WakeUp message, CancellationToken ct)
    {
        try
        {
            await bus.Publish(message, context =>
            {
                context.MessageId = message.EventId;
                ((RabbitMqSendContext)context).Mandatory = true;
            }, ct);
        }
        catch (MassTransit.MessageReturnedException returned)
        {
            throw new ReturnedMessageException(returned.Message);
        }
    }
}
