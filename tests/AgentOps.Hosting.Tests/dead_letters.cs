using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Tests;
using MassTransit;
using RabbitMQ.Client;
using PublishException = RabbitMQ.Client.Exceptions.PublishException;

namespace AgentOps.Hosting.Tests;

public sealed class dead_letters(Broker broker) : IClassFixture<Broker>
{
    [Fact]
    public async Task What_a_consumer_refused_is_listed_replayed_and_consumed()
    {
        var refusing = true;
        var consumed = new TaskCompletionSource<WakeUp>(TaskCreationOptions.RunContinuationsAsynchronously);
        var bus = broker.Consuming(Topology.Judge, wakeUp =>
        {
            if (refusing)
                throw new InvalidOperationException($"Position {wakeUp.Position} is not to my liking.");
            consumed.TrySetResult(wakeUp);
        });
        await bus.StartAsync();
        var told = new WakeUp(17, Guid.NewGuid(), "step.requested.v1", "run-a");
        await (await bus.GetSendEndpoint(new Uri($"exchange:{Topology.Judge.Name}"))).Send(told);

        var letter = await Patience.UntilAsync("the dead letter", async () => (await broker.DeadLetters.ListAsync(default)).FirstOrDefault(l => l.Queue == Topology.Judge.Name));
        Assert.Equal((17L, "step.requested.v1", "run-a"), (letter.Position, letter.Type, letter.Stream));
        Assert.Equal(("Position 17 is not to my liking.", "System.InvalidOperationException"), (letter.Reason, letter.Exception));
        Assert.Single(await broker.DeadLetters.ListAsync(default));

        refusing = false;
        Assert.Equal(1, await broker.DeadLetters.ReplayAsync(Topology.Judge, default));

        Assert.Equal(told, await consumed.Task.WaitAsync(Patience.Limit));
        Assert.Empty(await broker.DeadLetters.ListAsync(default));
        await bus.StopAsync();
    }

    [Fact]
    public async Task A_replay_that_is_interrupted_loses_nothing()
    {
        await using var channel = await broker.ChannelAsync();
        // The queue takes one message and refuses the next, in the middle of the replay.
        await channel.QueueDeclareAsync(Topology.Evaluator.Name, durable: true, exclusive: false, autoDelete: false,
            new Dictionary<string, object?> { ["x-max-length"] = 1, ["x-overflow"] = "reject-publish" });
        await channel.QueueDeclareAsync(DeadLetters.ErrorQueue(Topology.Evaluator.Name), durable: true, exclusive: false, autoDelete: false);
        for (byte i = 0; i < 5; i++)
            await channel.BasicPublishAsync("", DeadLetters.ErrorQueue(Topology.Evaluator.Name), mandatory: true, new BasicProperties { Persistent = true }, new[] { i });

        await Assert.ThrowsAsync<PublishException>(() => broker.DeadLetters.ReplayAsync(Topology.Evaluator, default));

        // What was taken and not moved is given back when the interrupted connection has ended.
        HashSet<byte> back = [], left = [];
        await Patience.UntilAsync("all five letters", async () =>
        {
            back.UnionWith(await DrainAsync(channel, Topology.Evaluator.Name));
            left.UnionWith(await DrainAsync(channel, DeadLetters.ErrorQueue(Topology.Evaluator.Name)));
            return back.Union(left).Count() == 5 ? "all five" : null;
        });
        Assert.NotEmpty(back);
        Assert.NotEmpty(left);
    }

    [Fact]
    public async Task A_replay_into_a_queue_that_is_not_there_loses_nothing()
    {
        await using var channel = await broker.ChannelAsync();
        await channel.QueueDeclareAsync(DeadLetters.ErrorQueue(Topology.Serving.Name), durable: true, exclusive: false, autoDelete: false);
        await channel.BasicPublishAsync("", DeadLetters.ErrorQueue(Topology.Serving.Name), mandatory: true, new BasicProperties { Persistent = true }, new byte[] { 7 });

        await Assert.ThrowsAnyAsync<PublishException>(() => broker.DeadLetters.ReplayAsync(Topology.Serving, default));

        await Patience.UntilAsync("the letter", async () => await DrainAsync(channel, DeadLetters.ErrorQueue(Topology.Serving.Name)) is [7] ? "the letter" : null);
    }

    [Fact]
    public async Task Where_nothing_was_ever_refused_there_is_nothing_to_move() =>
        Assert.Equal(0, await broker.DeadLetters.ReplayAsync(Topology.Registry, default));

    private static async Task<IReadOnlyList<byte>> DrainAsync(IChannel channel, string queue)
    {
        var found = new List<byte>();
        while (await channel.BasicGetAsync(queue, autoAck: true) is { } taken)
            found.Add(taken.Body.Span[0]);
        return found;
    }
}
