namespace AgentOps.Models.Decoding;

/// <summary>The engine's running totals: written by its thread, read by any.</summary>
internal sealed class EngineCounters
{
    private long _prefilled;
    private long _reused;
    private long _decoded;
    private long _steps;
    private int _peak;

    public void Prefilled(int tokens) => Interlocked.Add(ref _prefilled, tokens);

    public void Reused(int tokens) => Interlocked.Add(ref _reused, tokens);

    public void Decoded() => Interlocked.Increment(ref _decoded);

    public void Stepped(int batch)
    {
        Interlocked.Increment(ref _steps);
        if (batch > _peak)
            Volatile.Write(ref _peak, batch);
    }

    public EngineStatistics Read(int queued, int active) => new(
        Interlocked.Read(ref _prefilled), Interlocked.Read(ref _reused), Interlocked.Read(ref _decoded), Interlocked.Read(ref _steps), queued, active, Volatile.Read(ref _peak));
}
