namespace AgentOps.Tests;

/// <summary>A clock on which a minute passes in a second: what is waited for in vain is given up soon.</summary>
internal sealed class HurriedTime : TimeProvider
{
    private const int Times = 60;

    public override long GetTimestamp() => System.GetTimestamp() * Times;

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
        System.CreateTimer(callback, state, Hurried(dueTime), Hurried(period));

    private static TimeSpan Hurried(TimeSpan time) => time == Timeout.InfiniteTimeSpan ? time : time / Times;
}
