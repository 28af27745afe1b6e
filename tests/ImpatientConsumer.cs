using AgentOps.Contracts;
using MassTransit;

namespace AgentOps.Tests;

/// <summary>A consumer on one of the system's queues that is not tried again: what it throws makes a dead letter at once.</summary>
internal static class ImpatientConsumer
{
    public static IBusControl On(string broker, WorkQueue queue, Action<WakeUp> consume) => Bus.Factory.CreateUsingRabbitMq(rabbit =>
    {
        rabbit.Host(new Uri(broker));
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
}
