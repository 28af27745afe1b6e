using System.Globalization;
using System.Text;
using System.Text.Json;
using AgentOps.Contracts;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AgentOps.Hosting;

/// <summary>A wake-up that its consumer refused until the retries were used up.</summary>
/// <param name="Queue">The queue that it was meant for.</param>
/// <param name="Position">The event's place in the ledger; null, as the type, where the message itself cannot be read.</param>
/// <param name="Reason">What the consumer threw last.</param>
public sealed record DeadLetter(string Queue, long? Position, string? Type, string? Stream, string Reason, string Exception, DateTimeOffset? At);

/// <summary>The error queues beside the system's queues, as MassTransit fills them: what lies there, and the way back.</summary>
public sealed class DeadLetters(string connectionString)
{
    /// <summary>Letters of one queue that a list shows at most.</summary>
    public const int MostListed = 200;

    private const string FaultPrefix = "MT-Fault-";
    private const string ReasonHeader = "MT-Reason";

    public static string ErrorQueue(string queue) => queue + "_error";

    /// <summary>What lies there, the oldest first. The broker has no way to look without taking: letters are taken and given back.</summary>
    /// <exception cref="BrokerUnreachableException">The broker does not answer.</exception>
    public async Task<IReadOnlyList<DeadLetter>> ListAsync(CancellationToken ct)
    {
        await using var connection = await ConnectAsync(ct);
        var letters = new List<DeadLetter>();
        foreach (var queue in Topology.Queues)
        {
            await using var channel = await connection.CreateChannelAsync(cancellationToken: ct);
            if (await CountAsync(channel, queue, ct) is not { } count)
                continue;
            ulong last = 0;
            for (var i = 0; i < Math.Min(count, MostListed) && await channel.BasicGetAsync(ErrorQueue(queue.Name), autoAck: false, ct) is { } taken; i++)
            {
                letters.Add(Read(queue, taken));
                last = taken.DeliveryTag;
            }
            if (last > 0)
                await GiveBackAsync(channel, queue, last, ct);
        }
        return letters;
    }

    /// <summary>
    /// Moves the letters of a queue, or of all, back to where they were meant for. A letter is removed only after the broker has confirmed it in its queue, so an
    /// interruption leaves every letter in one of the two, or in both: consumers tolerate a second delivery. What is refused again meanwhile is not moved again.
    /// </summary>
    /// <returns>How many were moved.</returns>
    /// <exception cref="BrokerUnreachableException">The broker does not answer.</exception>
    /// <exception cref="PublishException">A queue is not there or takes nothing; what was moved until then stays moved, the rest lies where it lay.</exception>
    public async Task<int> ReplayAsync(WorkQueue? only, CancellationToken ct)
    {
        await using var connection = await ConnectAsync(ct);
        var moved = 0;
        foreach (var queue in only is null ? Topology.Queues : [only])
        {
            await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(publisherConfirmationsEnabled: true, publisherConfirmationTrackingEnabled: true), ct);
            if (await CountAsync(channel, queue, ct) is not { } count)
                continue;
            for (var i = 0; i < count && await channel.BasicGetAsync(ErrorQueue(queue.Name), autoAck: false, ct) is { } taken; i++, moved++)
            {
                await channel.BasicPublishAsync("", queue.Name, mandatory: true, WithoutFault(taken.BasicProperties), taken.Body, ct);
                await channel.BasicAckAsync(taken.DeliveryTag, multiple: false, ct);
            }
        }
        return moved;
    }

    private Task<IConnection> ConnectAsync(CancellationToken ct) =>
        new ConnectionFactory { Uri = new Uri(connectionString), ClientProvidedName = "dead letters" }.CreateConnectionAsync(ct);

    /// <returns>Null where nothing was ever refused, so that there is no such queue; the channel is then closed.</returns>
    private static async Task<uint?> CountAsync(IChannel channel, WorkQueue queue, CancellationToken ct)
    {
        try
        {
            return (await channel.QueueDeclarePassiveAsync(ErrorQueue(queue.Name), ct)).MessageCount;
        }
        catch (OperationInterruptedException absent) when (absent.ShutdownReason?.ReplyCode == Constants.NotFound)
        {
            return null;
        }
    }

    /// <summary>Returns when the letters lie there again: the broker answers a channel in the order in which it was asked.</summary>
    private static async Task GiveBackAsync(IChannel channel, WorkQueue queue, ulong upTo, CancellationToken ct)
    {
        await channel.BasicNackAsync(upTo, multiple: true, requeue: true, ct);
        await CountAsync(channel, queue, ct);
    }

    private static BasicProperties WithoutFault(IReadOnlyBasicProperties properties)
    {
        var kept = new BasicProperties(properties) { Persistent = true };
        kept.Headers = properties.Headers?.Where(header => header.Key != ReasonHeader && !header.Key.StartsWith(FaultPrefix, StringComparison.Ordinal)).ToDictionary();
        return kept;
    }

    private static DeadLetter Read(WorkQueue queue, BasicGetResult taken)
    {
        var wakeUp = WakeUpOf(taken.Body.Span);
        return new(queue.Name, wakeUp?.Position, wakeUp?.Type, wakeUp?.Stream,
            Header("Message") ?? "no reason is given", Header("ExceptionType") ?? "unknown",
            DateTimeOffset.TryParse(Header("Timestamp"), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var at) ? at : null);

        string? Header(string name) => taken.BasicProperties.Headers?.TryGetValue(FaultPrefix + name, out var value) == true && value is byte[] text ? Encoding.UTF8.GetString(text) : null;
    }

    private static WakeUp? WakeUpOf(ReadOnlySpan<byte> envelope)
    {
        try
        {
            return JsonSerializer.Deserialize<JsonElement>(envelope).GetProperty("message").Deserialize<WakeUp>(JsonSerializerOptions.Web);
        }
        catch (Exception unreadable) when (unreadable is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return null;
        }
    }
}
