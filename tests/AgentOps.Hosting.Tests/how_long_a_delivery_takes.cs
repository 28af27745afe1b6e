using AgentOps.Contracts;
using AgentOps.Ledger.Tests;
using MassTransit;

namespace AgentOps.Hosting.Tests;

public sealed class how_long_a_delivery_takes
{
    private static readonly WakeUp WakeUp = new(7, Guid.Empty, "generation.shard-requested.v1", "generation-1");
    private readonly ManualTime _time = new();

    [Fact]
    public async Task An_attempt_that_does_not_end_is_ended_with_its_delivery()
    {
        var attempt = AttemptAsync(TimeSpan.Zero, ct => Task.Delay(Timeout.Infinite, ct));

        _time.Advance(TimeSpan.FromMinutes(9));
        Assert.False(attempt.IsCompleted);
        _time.Advance(TimeSpan.FromMinutes(1));

        Assert.StartsWith("The generation.shard-requested.v1 at position 7 was not handled within 10 minutes: ", (await Assert.ThrowsAsync<DeliveryTooLongException>(() => attempt)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_later_attempt_has_what_the_earlier_ones_and_the_pauses_left()
    {
        var attempt = AttemptAsync(TimeSpan.FromMinutes(9), ct => Task.Delay(Timeout.Infinite, ct));

        _time.Advance(TimeSpan.FromMinutes(1));

        await Assert.ThrowsAsync<DeliveryTooLongException>(() => attempt);
        await Assert.ThrowsAsync<DeliveryTooLongException>(() => AttemptAsync(TimeSpan.FromMinutes(11), ct => Task.Delay(Timeout.Infinite, ct)));
    }

    [Fact]
    public async Task What_an_attempt_throws_in_time_is_left_as_it_is() =>
        await Assert.ThrowsAsync<IOException>(() => AttemptAsync(TimeSpan.Zero, _ => throw new IOException("away")));

    [Fact]
    public void What_took_too_long_is_not_tried_again_and_everything_else_is()
    {
        var retries = Retry.CreatePolicy(Delivery.Retries);

        Assert.False(retries.IsHandled(new DeliveryTooLongException("too long", new IOException("away"))));
        Assert.True(retries.IsHandled(new IOException("away")));
    }

    private Task AttemptAsync(TimeSpan passed, Func<CancellationToken, Task> attempt) => Delivery.AttemptAsync(WakeUp, passed, attempt, _time, CancellationToken.None);
}
