using AgentOps.Contracts;
using MassTransit;

namespace AgentOps.Hosting;

/// <summary>How long one delivery may take: its attempts and the pauses between them together. RabbitMQ closes the channel of a delivery that is not acknowledged within 30 minutes, and MassTransit 8.4 does not open it again.</summary>
internal static class Delivery
{
    public static readonly TimeSpan Limit = TimeSpan.FromMinutes(10);

    /// <summary>Growing pauses, about seven minutes of them in all; after that, or at the delivery's end, the error queue.</summary>
    public static void Retries(IRetryConfigurator retry)
    {
        retry.Exponential(20, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(30), TimeSpan.FromMilliseconds(400));
        retry.Ignore<DeliveryTooLongException>();
    }

    /// <summary>Runs an attempt for as long as its delivery still has.</summary>
    /// <param name="passed">How long the delivery has been in hand.</param>
    /// <exception cref="DeliveryTooLongException">It had not ended by then.</exception>
    public static async Task AttemptAsync(WakeUp wakeUp, TimeSpan passed, Func<CancellationToken, Task> attempt, TimeProvider time, CancellationToken ct)
    {
        using var limit = new CancellationTokenSource(passed < Limit ? Limit - passed : TimeSpan.Zero, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, ct);
        try
        {
            await attempt(either.Token);
        }
        catch (Exception ended) when (limit.IsCancellationRequested && !ct.IsCancellationRequested)
        {
            throw new DeliveryTooLongException(
                $"The {wakeUp.Type} at position {wakeUp.Position} was not handled within {Limit.TotalMinutes:0} minutes: see what it waits for in the service's log, then replay it from the dead letters.", ended);
        }
    }
}

/// <summary>A delivery took so long that it is not tried again.</summary>
public sealed class DeliveryTooLongException(string message, Exception cause) : Exception(message, cause);
