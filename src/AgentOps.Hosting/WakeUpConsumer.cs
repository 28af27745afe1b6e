using AgentOps.Contracts;
using AgentOps.Ledger;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Hosting;

/// <summary>Answers an event of the ledger. It is called at least once for each, in any order, so it folds the ledger before it decides.</summary>
public interface IEventConsumer
{
    /// <summary>What it throws is tried again with growing pauses and then goes to the queue's error queue, where it also goes after ten minutes in all.</summary>
    Task HandleAsync(StoredEvent stored, CancellationToken ct);
}

/// <summary>Turns a wake-up into the event at its position: the message itself is believed in nothing else.</summary>
internal sealed class WakeUpConsumer(IServiceProvider services, Type consumer) : IConsumer<WakeUp>
{
    public Task Consume(ConsumeContext<WakeUp> context) => Delivery.AttemptAsync(
        context.Message, context.ReceiveContext.ElapsedTime, ct => HandleAsync(context.Message.Position, ct), services.GetRequiredService<TimeProvider>(), context.CancellationToken);

    private async Task HandleAsync(long position, CancellationToken ct)
    {
        var stored = await services.GetRequiredService<LedgerStore>().ReadAtAsync(position, ct)
            ?? throw new InvalidOperationException($"The bus announced position {position}, which the ledger does not hold.");
        await ((IEventConsumer)services.GetRequiredService(consumer)).HandleAsync(stored, ct);
    }
}
