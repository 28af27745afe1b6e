namespace AgentOps.AppModel.Running;

/// <summary>The pause before a crashed process is started again: half a second, doubled by every crash up to a longest, forgotten after a minute of good life.</summary>
internal sealed class BackOff(TimeProvider clock, TimeSpan longest)
{
    private static readonly TimeSpan First = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan GoodLife = TimeSpan.FromMinutes(1);

    private long started;
    private int crashes;

    /// <summary>Notes that the process has been started.</summary>
    public void Started() => started = clock.GetTimestamp();

    /// <summary>Notes that the process has died and says how long to wait.</summary>
    public TimeSpan Died()
    {
        crashes = clock.GetElapsedTime(started) >= GoodLife ? 1 : crashes + 1;
        var pause = First * Math.Pow(2, Math.Min(crashes - 1, 10));
        return pause < longest ? pause : longest;
    }
}
