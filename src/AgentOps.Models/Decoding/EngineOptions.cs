namespace AgentOps.Models.Decoding;

/// <summary>How much of the machine an engine may use.</summary>
public sealed record EngineOptions
{
    /// <summary>Threads that compute, the engine's own included. With 1 nothing ever spins.</summary>
    public int Threads { get; init; } = Math.Min(2, Environment.ProcessorCount);

    /// <summary>Requests decoded together.</summary>
    public int MaxBatch { get; init; } = 32;

    /// <summary>Requests that may wait beyond those; more are refused.</summary>
    public int MaxQueue { get; init; } = 256;

    /// <summary>Prompt tokens computed per step, over all requests: what running requests wait for when a long prompt joins.</summary>
    public int PrefillRows { get; init; } = 96;

    /// <summary>Memory for keys and values, of running requests and of finished ones kept for reuse.</summary>
    public long CacheBytes { get; init; } = 512L << 20;

    /// <summary>Finished sequences kept for reuse; 0 reuses nothing.</summary>
    public int MaxCachedSequences { get; init; } = 512;

    /// <summary>The longest prompt with continuation, where model and memory do not set a lower limit.</summary>
    public int MaxContext { get; init; } = 8192;

    /// <summary>Steps of fewer multiply-adds run on one thread: handing a smaller one to others takes longer than computing it (about 30 hand-overs of 1 µs each, at some 30 multiply-adds per ns).</summary>
    internal long SharedStep { get; init; } = 1_000_000;

    internal void Check()
    {
        if (Threads is < 1 or > 256)
            throw new ArgumentException($"An engine runs on 1 to 256 threads, not {Threads}.");
        if (MaxBatch is < 1 or > 1024 || PrefillRows is < 1 or > 4096)
            throw new ArgumentException($"A batch of {MaxBatch} requests and {PrefillRows} prompt rows is out of range: 1 to 1024 and 1 to 4096.");
        if (MaxQueue < 0 || MaxCachedSequences < 0 || MaxContext < 1 || CacheBytes < 1)
            throw new ArgumentException("Queue, cached sequences, context and cache bytes of an engine cannot be negative or empty.");
    }
}

/// <summary>What an engine has done since it started, and what it holds now.</summary>
public sealed record EngineStatistics(
    long PrefillTokensComputed, long PrefillTokensReused, long DecodedTokens, long Steps, int Queued, int Active, int PeakBatch);
