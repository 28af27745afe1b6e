namespace AgentOps.Models.Decoding;

/// <summary>Decides what each step computes: admits sequences while slots and memory last, reuses cached prefixes, chunks prompts, and delivers what was sampled. For the engine's thread only.</summary>
internal sealed class Scheduler : IDisposable
{
    private readonly EngineOptions _options;
    private readonly PrefixCache _cache;
    private readonly KvPool _pool;
    private readonly ForwardPass _pass;
    private readonly WorkerTeam _team;
    private readonly List<Sequence> _active = [];
    private readonly List<StepSlice> _slices = [];
    private readonly EngineCounters _counters;
    private readonly long _multiplyAdds;

    public Scheduler(DecoderModel model, EngineOptions options, EngineCounters counters)
    {
        (_options, _counters, _multiplyAdds) = (options, counters, model.MultiplyAdds);
        var layout = KvLayout.Of(model.Config);
        _cache = new PrefixCache(options.MaxCachedSequences);
        _pool = new KvPool(layout, layout.BlocksIn(options.CacheBytes), _cache);
        _pass = new ForwardPass(model, layout, options.Threads, options.MaxBatch + options.PrefillRows, options.MaxBatch, options.MaxContext);
        _team = new WorkerTeam(options.Threads);
    }

    public int Active => _active.Count;

    /// <summary>Takes a sequence in, unless slots or memory are taken.</summary>
    public bool TryAdmit(Sequence sequence)
    {
        if (_active.Count == _options.MaxBatch || !_pool.TryReserve(sequence.WorstCaseBlocks))
            return false;
        ReusePrefix(sequence);
        _active.Add(sequence);
        return true;
    }

    /// <summary>Ends sequences whose callers have gone; what they computed stays cached.</summary>
    public void DropCancelled()
    {
        for (var i = _active.Count - 1; i >= 0; i--)
            if (_active[i] is { Cancellation.IsCancellationRequested: true } sequence)
            {
                Leave(sequence);
                sequence.Sink.Failed(new OperationCanceledException(sequence.Cancellation));
            }
    }

    public void Step()
    {
        PlanSlices();
        _pass.Prepare(_slices);
        _team.Run(_pass, alone: _slices.Sum(s => s.Count) * _multiplyAdds < _options.SharedStep);
        _counters.Stepped(_slices.Count);
        foreach (var slice in _slices)
            Conclude(slice);
    }

    /// <summary>Ends everything that runs.</summary>
    public void FailAll(Exception reason)
    {
        foreach (var sequence in _active)
            sequence.Sink.Failed(reason);
        _active.Clear();
    }

    public void Dispose() => _team.Dispose();

    private void ReusePrefix(Sequence sequence)
    {
        var prompt = sequence.Request.Prompt;
        var (blocks, common) = _cache.Longest(prompt);
        // The last prompt token is always computed: its logits are what the first answer token is sampled from.
        var reused = Math.Min(common, prompt.Length - 1);
        var whole = reused / KvLayout.Positions;
        var held = blocks.Take(KvLayout.BlocksFor(reused)).ToArray();
        foreach (var block in held)
            block.Holders++;
        sequence.Blocks.AddRange(held[..whole]);
        if (whole < held.Length)
            sequence.Blocks.Add(_pool.Own(held[whole]));
        sequence.Computed = sequence.Reused = reused;
        _counters.Reused(reused);
    }

    // Running answers come first, one row each; prompts share what the step has left.
    private void PlanSlices()
    {
        _slices.Clear();
        var (row, sampled, prefill) = (0, 0, _options.PrefillRows);
        foreach (var sequence in _active)
        {
            var missing = sequence.Tokens.Count - sequence.Computed;
            var count = missing == 1 ? 1 : Math.Min(missing, prefill);
            if (count == 0)
                continue;
            prefill -= missing == 1 ? 0 : count;
            while (sequence.Blocks.Count < KvLayout.BlocksFor(sequence.Computed + count))
                sequence.Blocks.Add(_pool.Allocate());
            _slices.Add(new(sequence, row, sequence.Computed, count, count == missing ? sampled++ : -1));
            row += count;
        }
    }

    private void Conclude(StepSlice slice)
    {
        var sequence = slice.Sequence;
        _counters.Prefilled(Math.Max(0, Math.Min(slice.Start + slice.Count, sequence.Request.Prompt.Length) - slice.Start));
        sequence.Computed += slice.Count;
        if (slice.Sampled < 0)
            return;
        var (token, failure) = _pass.Results[slice.Sampled];
        if (token is null)
        {
            Leave(sequence);
            sequence.Sink.Failed(failure!);
            return;
        }
        sequence.Tokens.Add(token.Id);
        _counters.Decoded();
        var finish = FinishOf(sequence, token.Id);
        if (finish is not null)
            Leave(sequence);
        sequence.Sink.Token(token with { Finish = finish, PromptTokensReused = sequence.Reused });
        if (finish is not null)
            sequence.Sink.Completed();
    }

    private static FinishReason? FinishOf(Sequence sequence, int token) =>
        sequence.Request.StopTokens?.Contains(token) == true ? FinishReason.Stop
        : sequence.Generated == sequence.Request.MaxTokens ? FinishReason.Length
        : null;

    private void Leave(Sequence sequence)
    {
        _active.Remove(sequence);
        _pool.Unreserve(sequence.WorstCaseBlocks);
        if (_options.MaxCachedSequences > 0 && sequence.Computed > 0)
            _cache.Keep([.. sequence.Tokens.Take(sequence.Computed)], [.. sequence.Blocks], _pool);
        else
            foreach (var block in sequence.Blocks)
                _pool.Release(block);
        sequence.Blocks.Clear();
    }
}
