using System.Runtime.CompilerServices;

namespace AgentOps.Models.Decoding;

/// <summary>
/// Continues token sequences with a model on the processor: requests join and leave a common batch between steps.
/// A request's tokens and log-probability bits depend on the request and the model alone, not on the batch, the threads or what is cached.
/// </summary>
public sealed class DecodingEngine : IAsyncDisposable
{
    private readonly object _gate = new();
    private readonly Queue<Sequence> _queue = new();
    private readonly EngineCounters _counters = new();
    private readonly EngineOptions _options;
    private readonly Scheduler _scheduler;
    private readonly Thread _thread;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly int _vocabulary;
    private bool _disturbed;
    private bool _closed;
    private Exception? _failure;
    private int _active;

    /// <exception cref="ArgumentException">An option is out of range.</exception>
    public DecodingEngine(DecoderModel model, EngineOptions options)
    {
        options.Check();
        var memory = KvLayout.Of(model.Config).BlocksIn(options.CacheBytes) * KvLayout.Positions;
        _options = options with { MaxContext = Math.Min(Math.Min(options.MaxContext, model.Config.MaxPositions), memory) };
        _vocabulary = model.Config.VocabularySize;
        _scheduler = new Scheduler(model, _options, _counters);
        _thread = new Thread(Loop) { IsBackground = true, Name = "decoder" };
        _thread.Start();
    }

    /// <summary>The longest prompt with continuation that this engine takes: what its options, the model's positions and the memory for keys and values allow.</summary>
    public int MaxContext => _options.MaxContext;

    /// <summary>Closed, or ended by a fault of its own: it takes no request any more.</summary>
    public bool HasStopped
    {
        get
        {
            lock (_gate)
                return _failure is not null;
        }
    }

    public EngineStatistics Statistics
    {
        get
        {
            lock (_gate)
                return _counters.Read(_queue.Count, _active);
        }
    }

    /// <summary>Continues the prompt token by token; the last token carries the finish reason. Cancelling, or leaving the enumeration, frees the slot before the next step.</summary>
    /// <exception cref="ArgumentException">A parameter is out of range.</exception>
    /// <exception cref="ContextLengthException">Prompt and tokens asked for do not fit.</exception>
    /// <exception cref="QueueFullException">Too many requests wait.</exception>
    /// <exception cref="NonFiniteLogitsException">The model is damaged.</exception>
    public async IAsyncEnumerable<DecodedToken> DecodeAsync(DecodeRequest request, [EnumeratorCancellation] CancellationToken ct)
    {
        var sink = new StreamSink();
        using var abandoned = CancellationTokenSource.CreateLinkedTokenSource(ct);
        using var wake = abandoned.Token.Register(Disturb);
        Submit(new Sequence(request, sink, abandoned.Token));
        try
        {
            await foreach (var token in sink.Tokens.ReadAllAsync(ct))
                yield return token;
        }
        finally
        {
            await abandoned.CancelAsync();
        }
    }

    /// <summary>As <see cref="DecodeAsync"/>, but all tokens at once when the last is sampled, which costs the caller one wake-up instead of one per token.</summary>
    public async Task<IReadOnlyList<DecodedToken>> DecodeWholeAsync(DecodeRequest request, CancellationToken ct)
    {
        var sink = new WholeSink();
        using var wake = ct.Register(Disturb);
        Submit(new Sequence(request, sink, ct));
        return await sink.Answer;
    }

    /// <summary>Ends all requests with <see cref="ObjectDisposedException"/> and frees the threads.</summary>
    public async ValueTask DisposeAsync()
    {
        lock (_gate)
        {
            _closed = true;
            Monitor.Pulse(_gate);
        }
        await _ended.Task;
    }

    private void Submit(Sequence sequence)
    {
        Check(sequence.Request);
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_closed, this);
            if (_failure is not null)
                throw new InvalidOperationException($"The decoding engine has stopped: {_failure.Message}", _failure);
            if (_queue.Count >= _options.MaxQueue + Math.Max(0, _options.MaxBatch - _active))
                throw new QueueFullException($"The decoding queue is full: {_active} requests run and {_queue.Count} wait. Try again later.");
            _queue.Enqueue(sequence);
            // Cancelled before this line, its callback may have come and gone while nothing was queued.
            _disturbed |= sequence.Cancellation.IsCancellationRequested;
            Monitor.Pulse(_gate);
        }
    }

    private void Check(DecodeRequest request)
    {
        if (request.Prompt.Length == 0)
            throw new ArgumentException("The prompt has no tokens: give at least one.");
        foreach (var id in request.Prompt)
            if ((uint)id >= (uint)_vocabulary)
                throw new ArgumentException($"Prompt token {id} does not exist: the model's vocabulary has {_vocabulary} tokens.");
        if (request.MaxTokens < 1)
            throw new ArgumentException($"At least 1 token must be asked for, not {request.MaxTokens}.");
        if (!(request.Temperature is >= 0 and <= 100))
            throw new ArgumentException($"The temperature must lie between 0 and 100, not {request.Temperature}.");
        if (!(request.TopP is > 0 and <= 1))
            throw new ArgumentException($"top_p must be above 0 and at most 1, not {request.TopP}.");
        if (request.TopLogProbs is < 0 or > DecodeRequest.MaxTopLogProbs)
            throw new ArgumentException($"Between 0 and {DecodeRequest.MaxTopLogProbs} top log-probabilities can be asked for, not {request.TopLogProbs}.");
        if ((long)request.Prompt.Length + request.MaxTokens > _options.MaxContext)
            throw new ContextLengthException($"The context holds {_options.MaxContext} tokens, but the prompt has {request.Prompt.Length} and {request.MaxTokens} new ones are asked for: shorten the prompt or ask for fewer.");
    }

    private void Disturb()
    {
        lock (_gate)
        {
            _disturbed = true;
            Monitor.Pulse(_gate);
        }
    }

    private void Loop()
    {
        Exception ending = new ObjectDisposedException(nameof(DecodingEngine), "The decoding engine was closed before the request was finished.");
        try
        {
            while (TakeIn())
                if (_scheduler.Active > 0)
                    _scheduler.Step();
        }
        catch (Exception failure)
        {
            ending = failure;
        }
        End(ending);
    }

    /// <summary>Waits for work, drops what was cancelled and admits what fits.</summary>
    /// <returns>False when the engine is closed.</returns>
    private bool TakeIn()
    {
        lock (_gate)
        {
            while (_queue.Count == 0 && _scheduler.Active == 0 && !_closed)
                Monitor.Wait(_gate);
            if (_disturbed)
                DropCancelled();
            while (_queue.TryPeek(out var next) && _scheduler.TryAdmit(next))
                _queue.Dequeue();
            _active = _scheduler.Active;
            return !_closed;
        }
    }

    private void DropCancelled()
    {
        _disturbed = false;
        _scheduler.DropCancelled();
        for (var left = _queue.Count; left > 0; left--)
        {
            var waiting = _queue.Dequeue();
            if (waiting.Cancellation.IsCancellationRequested)
                waiting.Sink.Failed(new OperationCanceledException(waiting.Cancellation));
            else
                _queue.Enqueue(waiting);
        }
    }

    private void End(Exception reason)
    {
        lock (_gate)
        {
            _failure = reason;
            _scheduler.FailAll(reason);
            while (_queue.TryDequeue(out var waiting))
                waiting.Sink.Failed(reason);
            _active = 0;
        }
        _scheduler.Dispose();
        _ended.SetResult();
    }
}
