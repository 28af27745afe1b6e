using AgentOps.Hosting;

namespace AgentOps.Gateway.Tests;

public sealed class how_often_a_caller_may_ask
{
    private readonly Clock _clock = new();

    [Fact]
    public void A_bucket_gives_its_burst_and_then_what_its_rate_fills_in()
    {
        var bucket = new TokenBucket(new(Burst: 3, PerSecond: 2), _clock);

        Assert.Equal(3, Taken(bucket));
        _clock.Now += TimeSpan.FromSeconds(0.4);
        Assert.Equal(0, Taken(bucket));
        _clock.Now += TimeSpan.FromSeconds(0.2);
        Assert.Equal(1, Taken(bucket));
        _clock.Now += TimeSpan.FromHours(1);
        Assert.Equal(3, Taken(bucket));
    }

    [Fact]
    public void Who_asks_too_often_is_told_how_often_is_allowed()
    {
        using var quotas = new Quotas(_clock);

        var refusal = Assert.Throws<ProblemException>(() => Repeat(1001, () => quotas.Charge("ci", "127.0.0.1")));

        Assert.Equal((429, "too-many-requests"), (refusal.Status, refusal.Kind));
        Assert.Contains("200 requests a second", refusal.Message);
    }

    [Fact]
    public void The_audit_which_remembers_every_reading_is_read_more_slowly()
    {
        using var quotas = new Quotas(_clock);
        Repeat(300, () => quotas.ChargeReading("ci"));

        Assert.Contains("read the audit 10 times a second", Assert.Throws<ProblemException>(() => quotas.ChargeReading("ci")).Message, StringComparison.Ordinal);
        quotas.ChargeReading("ann");
        quotas.Charge("ci", "127.0.0.1");
    }

    [Fact]
    public void One_caller_cannot_use_up_what_another_may_ask()
    {
        using var quotas = new Quotas(_clock);
        Repeat(1000, () => quotas.Charge("ci", "127.0.0.1"));

        quotas.Charge("ann", "127.0.0.1");
        quotas.Charge(null, "127.0.0.1");

        Assert.Throws<ProblemException>(() => quotas.Charge("ci", "127.0.0.1"));
    }

    [Fact]
    public void A_name_that_looks_like_an_address_has_a_bucket_of_its_own()
    {
        using var quotas = new Quotas(_clock);
        Repeat(200, () => quotas.Charge(null, "10.0.0.1"));

        quotas.Charge("10.0.0.1", "10.0.0.1");

        Assert.Throws<ProblemException>(() => quotas.Charge(null, "10.0.0.1"));
    }

    private static int Taken(TokenBucket bucket)
    {
        var taken = 0;
        while (bucket.TryTake())
            taken++;
        return taken;
    }

    private static void Repeat(int times, Action act)
    {
        for (var i = 0; i < times; i++)
            act();
    }

    private sealed class Clock : TimeProvider
    {
        public TimeSpan Now { get; set; }
        public override long TimestampFrequency => TimeSpan.TicksPerSecond;
        public override long GetTimestamp() => Now.Ticks;
    }
}
