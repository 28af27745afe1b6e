using AgentOps.Contracts;
using AgentOps.Ledger;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;

namespace AgentOps.Hosting;

/// <summary>Answers an event of the ledger. It is called at least once for each, in any order, so it folds the ledger before it decides.</summary>
public interface IEventConsumer
{
    /// <summary>What it throws is tried again with growing pauses and then goes to the queue's error queue.</summary>
    Task HandleAsync(StoredEvent stored, CancellationToken ct);
}

/// <summary>Turns a wake-up into the event at its position: the message itself is believed in nothing else.</summary>
internal sealed class WakeUpConsumer(IServiceProvider services, Type consumer) : IConsumer<WakeUp>
{
    public async Task Consume(ConsumeContext<WakeUp> context)
    {
        var ledger = services.GetRequiredService<LedgerStore>();
        var stored = await ledger.ReadAtAsync(context.Message.Position, context.CancellationToken)
            ?? throw new InvalidOperationException($"The bus announced position {context.Message.Position}, which the ledger does not hold.");
        await ((IEventConsumer)services.GetRequiredService(consumer)).HandleAsync(stored, context.CancellationToken);
    }
}
