using System.Diagnostics;

namespace AgentOps.Models.Decoding;

/// <summary>Work in phases, each of independent chunks; a phase begins when all chunks of the one before are done and its <see cref="Finish"/> has run.</summary>
internal interface IPhases
{
    int Phases { get; }

    int Chunks(int phase);

    void Run(int phase, int chunk, int thread);

    /// <summary>Runs once, on whichever thread completed the phase.</summary>
    void Finish(int phase);
}

/// <summary>
/// The calling thread and its helpers claim chunks from one counter, so nobody waits for a thread that was scheduled away unless it holds a chunk.
/// Waiting threads spin for some microseconds, then park; an idle team uses no processor time.
/// </summary>
internal sealed class WorkerTeam : IDisposable
{
    private const int CountBits = 24;
    private const long CountMask = (1L << CountBits) - 1;
    // A thread that finds nothing left has still decremented the counter: the bias keeps that from borrowing from the phase number.
    private const long Bias = 1L << 12;
    private static readonly long SpinTicks = Stopwatch.Frequency / 1_000_000 * 30;

    private readonly Lock _owner = new();
    private readonly object _gate = new();
    private readonly Thread[] _helpers;
    private IPhases _work = NoPhases.Instance;
    private long _state = Bias; // number of the phase << 24 | Bias + chunks not yet claimed
    private int _phase;
    private int _unfinished;
    private int _parked;
    private bool _done = true;
    private bool _stopped;
    private Exception? _failure;

    public WorkerTeam(int threads)
    {
        _helpers = [.. Enumerable.Range(1, threads - 1).Select(i => new Thread(() => Help(i)) { IsBackground = true, Name = $"decoder {i}" })];
        foreach (var helper in _helpers)
            helper.Start();
    }

    /// <summary>Runs all phases and returns when the last is finished. One caller at a time.</summary>
    /// <param name="alone">The work is too small to be shared.</param>
    public void Run(IPhases work, bool alone = false)
    {
        if (_helpers.Length == 0 || alone)
        {
            RunAlone(work);
            return;
        }
        lock (_owner)
        {
            (_work, _failure, _phase) = (work, null, -1);
            Volatile.Write(ref _done, false);
            Advance();
            while (!Volatile.Read(ref _done))
                Claim(thread: 0);
            _work = NoPhases.Instance;
            if (_failure is { } failure)
                throw new InvalidOperationException($"A decoding step failed: {failure.Message}", failure);
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            _stopped = true;
            Monitor.PulseAll(_gate);
        }
        foreach (var helper in _helpers)
            helper.Join();
    }

    private static void RunAlone(IPhases work)
    {
        for (var phase = 0; phase < work.Phases; phase++)
        {
            for (var chunk = work.Chunks(phase) - 1; chunk >= 0; chunk--)
                work.Run(phase, chunk, 0);
            work.Finish(phase);
        }
    }

    private void Help(int thread)
    {
        while (!Volatile.Read(ref _stopped))
            Claim(thread);
    }

    private void Claim(int thread)
    {
        var ticket = Interlocked.Decrement(ref _state);
        var chunk = (ticket & CountMask) - Bias;
        if (chunk < 0)
        {
            AwaitChange(ticket >> CountBits, thread);
            return;
        }
        // The phase cannot end before this chunk is done, so _work and _phase stand still.
        RunChunk((int)chunk, thread);
        if (Interlocked.Decrement(ref _unfinished) > 0)
            return;
        FinishPhase();
        Advance();
    }

    /// <summary>Opens the next phase that has chunks, or ends the run.</summary>
    private void Advance()
    {
        while (++_phase < _work.Phases && _failure is null)
        {
            if (_work.Chunks(_phase) is > 0 and var chunks)
            {
                Open(chunks, done: false);
                return;
            }
            FinishPhase();
        }
        Open(0, done: true);
    }

    // The caller of Run may start the next run as soon as it sees _done, so nothing but waking follows it.
    private void Open(int chunks, bool done)
    {
        _unfinished = chunks;
        var number = (Volatile.Read(ref _state) >> CountBits) + 1;
        Interlocked.Exchange(ref _state, (number << CountBits) + Bias + chunks);
        if (done)
            Interlocked.Exchange(ref _done, true);
        if (Volatile.Read(ref _parked) > 0)
            lock (_gate)
                Monitor.PulseAll(_gate);
    }

    private void AwaitChange(long number, int thread)
    {
        var end = Stopwatch.GetTimestamp() + SpinTicks;
        while (Stopwatch.GetTimestamp() < end)
        {
            if (IsOver(number, thread))
                return;
            Thread.SpinWait(8);
        }
        lock (_gate)
        {
            Interlocked.Increment(ref _parked);
            while (!IsOver(number, thread))
                Monitor.Wait(_gate);
            Interlocked.Decrement(ref _parked);
        }
    }

    private bool IsOver(long number, int thread) =>
        Volatile.Read(ref _state) >> CountBits != number || (thread == 0 ? Volatile.Read(ref _done) : Volatile.Read(ref _stopped));

    private void RunChunk(int chunk, int thread)
    {
        try
        {
            _work.Run(_phase, chunk, thread);
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
    }

    private void FinishPhase()
    {
        try
        {
            _work.Finish(_phase);
        }
        catch (Exception failure)
        {
            Interlocked.CompareExchange(ref _failure, failure, null);
        }
    }

    private sealed class NoPhases : IPhases
    {
        public static readonly NoPhases Instance = new();

        public int Phases => 0;

        public int Chunks(int phase) => 0;

        public void Run(int phase, int chunk, int thread) { }

        public void Finish(int phase) { }
    }
}
