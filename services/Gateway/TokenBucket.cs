namespace AgentOps.Gateway;

/// <param name="Burst">Requests at once, after a while of silence.</param>
/// <param name="PerSecond">Requests in each second, for ever.</param>
public sealed record Quota(int Burst, int PerSecond);

/// <summary>A bucket that starts full, loses one token with each request and is filled up at an even rate, reckoned when it is asked.</summary>
public sealed class TokenBucket(Quota quota, TimeProvider clock)
{
    private readonly Lock _lock = new();
    private double _tokens = quota.Burst;
    private long _filledAt = clock.GetTimestamp();

    public bool TryTake()
    {
        lock (_lock)
        {
            var now = clock.GetTimestamp();
            _tokens = Math.Min(quota.Burst, _tokens + quota.PerSecond * clock.GetElapsedTime(_filledAt, now).TotalSeconds);
            _filledAt = now;
            if (_tokens < 1)
                return false;
            _tokens--;
            return true;
        }
    }
}
