namespace AgentOps.Trainer.Tests;

public sealed class when_the_clock_is_set_back
{
    [Fact]
    public void What_is_due_stays_due()
    {
        var clock = new Clock();
        var report = new Recurring(TimeSpan.FromSeconds(1), clock);

        clock.Pass(TimeSpan.FromSeconds(0.5));
        Assert.False(report.IsDue);
        clock.SetBack();
        clock.Pass(TimeSpan.FromSeconds(0.5));
        Assert.True(report.IsDue);
        report.Done();
        Assert.False(report.IsDue);
    }

    /// <summary>Goes on evenly, while what it shows can be set.</summary>
    private sealed class Clock : TimeProvider
    {
        private TimeSpan _passed;
        private DateTimeOffset _shown = DateTimeOffset.UnixEpoch + TimeSpan.FromDays(2);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => _passed.Ticks;

        public override DateTimeOffset GetUtcNow() => _shown;

        public void Pass(TimeSpan time) => (_passed, _shown) = (_passed + time, _shown + time);

        public void SetBack() => _shown -= TimeSpan.FromDays(1);
    }
}
