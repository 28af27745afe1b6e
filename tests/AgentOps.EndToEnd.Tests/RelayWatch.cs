using System.Globalization;
using AgentOps.Contracts;
using Npgsql;
using RabbitMQ.Client;

namespace AgentOps.EndToEnd.Tests;

/// <summary>The relay seen from outside: who it is, how far it has come, and how often each event's message reached the broker.</summary>
public sealed class RelayWatch : IAsyncDisposable
{
    private const string Exchange = "agentops.wake-ups";
    private const long LockKey = 0x52_656c_6179; // "Relay"
    // A publish has more bytes than this, acknowledgements and heartbeats have far fewer.
    private const long LeastPublish = 256;

    private readonly List<Guid> _seen = [];
    private readonly NpgsqlConnection _database;
    private readonly IConnection _broker;
    private readonly IChannel _channel;
    private readonly string _queue;
    private readonly int _port;

    private RelayWatch(NpgsqlConnection database, IConnection broker, IChannel channel, string queue)
    {
        _database = database;
        _broker = broker;
        _channel = channel;
        _queue = queue;
        _port = broker.Endpoint.Port;
    }

    /// <param name="types">The event types whose messages are counted, in a queue beside the services'.</param>
    public static async Task<RelayWatch> OpenAsync(Stack stack, params IReadOnlyList<string> types)
    {
        var factory = new ConnectionFactory { Uri = new Uri((await stack.App.GetConnectionStringAsync("rabbitmq"))!) };
        var broker = await factory.CreateConnectionAsync();
        var channel = await broker.CreateChannelAsync();
        var queue = await channel.QueueDeclareAsync();
        foreach (var type in types)
            await channel.QueueBindAsync(queue.QueueName, Exchange, type);
        return new(await stack.AdministrateAsync(), broker, channel, queue.QueueName);
    }

    /// <summary>The process that holds the relay's lock.</summary>
    public Task<string> LeaderAsync() => Patience.UntilAsync("a process that relays", async () =>
        (await ScalarAsync($"SELECT a.usename FROM pg_locks l JOIN pg_stat_activity a USING (pid) WHERE l.locktype = 'advisory' AND l.granted AND (l.classid::bigint << 32) + l.objid::bigint = {LockKey}") as string)?.Replace('_', '-'));

    /// <summary>Everything up to here was confirmed by the broker.</summary>
    public async Task<long> ConfirmedAsync() => (long)(await ScalarAsync("SELECT position FROM ledger.relay"))!;

    public Task WaitForConfirmedAsync(long position) => Patience.UntilAsync($"the broker to confirm position {position}", async () =>
        await ConfirmedAsync() >= position ? "yes" : null);

    /// <summary>Returns when a publish lies before the broker, which has not read it.</summary>
    public Task PublishedUnreadAsync() => Patience.UntilAsync("a publish that the broker has not read", () =>
        Task.FromResult(File.ReadLines("/proc/net/tcp").Skip(1).Any(IsUnreadPublish) ? "yes" : null));

    public Task WaitForMessageAsync(Guid id) => Patience.UntilAsync($"the message of event {id}", async () =>
        await CountAsync(id) > 0 ? "yes" : null);

    /// <summary>How often the messages of an event reached the broker's queues until now.</summary>
    public async Task<int> CountAsync(Guid id)
    {
        while (await _channel.BasicGetAsync(_queue, autoAck: true) is { } message)
            _seen.Add(JsonDocument.Parse(message.Body).RootElement.GetProperty("message").GetProperty("eventId").GetGuid());
        return _seen.Count(seen => seen == id);
    }

    public async ValueTask DisposeAsync()
    {
        await _channel.DisposeAsync();
        await _broker.DisposeAsync();
        await _database.DisposeAsync();
    }

    // Columns: number, local address:port, remote address:port, state, bytes to send:bytes not read yet, …
    private bool IsUnreadPublish(string line)
    {
        var columns = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return columns[1].EndsWith($":{_port:X4}", StringComparison.Ordinal)
            && long.Parse(columns[4].Split(':')[1], NumberStyles.HexNumber, CultureInfo.InvariantCulture) >= LeastPublish;
    }

    private async Task<object?> ScalarAsync(string sql)
    {
        await using var command = new NpgsqlCommand(sql, _database);
        return await command.ExecuteScalarAsync();
    }
}
