namespace AgentOps.Trainer;

/// <summary>What is to be done every so often, by a clock that nobody can set.</summary>
public sealed class Recurring(TimeSpan every, TimeProvider time)
{
    private long _last = time.GetTimestamp();

    public bool IsDue => time.GetElapsedTime(_last) >= every;

    public void Done() => _last = time.GetTimestamp();
}
