using System.Diagnostics;
using System.Threading.Channels;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>Sends a process's waiting appends together over one connection, so that they share a commit. Each keeps its own outcome.</summary>
internal sealed class WriteCombiner : IAsyncDisposable
{
    // Enough to fill a commit; more would only let one slow call hold the head lock for longer.
    private const int MaxEvents = 1000;
    private const long MaxBytes = 4 << 20;
    private const int MaxWaiting = 4096;

    // Well below what a call takes, in real time.
    private static readonly TimeSpan Straggling = TimeSpan.FromMicroseconds(100);
    private static readonly TimeSpan RetryFor = TimeSpan.FromSeconds(30);

    private readonly Channel<Append> _waiting = Channel.CreateBounded<Append>(
        new BoundedChannelOptions(MaxWaiting) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });
    private readonly CancellationTokenSource _stopped = new();
    private readonly NpgsqlDataSource _db;
    private readonly TimeProvider _time;
    private readonly Task _sending;
    private NpgsqlConnection? _connection;
    private Append? _left;
    private int _together = 1;

    public WriteCombiner(NpgsqlDataSource db, TimeProvider time)
    {
        _db = db;
        _time = time;
        _sending = Task.Run(SendAllAsync);
    }

    /// <summary>Waits for a place in the queue, then for the outcome. Cancelled while on its way, the append may still be stored.</summary>
    public async Task<AppendResult> AppendAsync(Append append, CancellationToken ct)
    {
        await _waiting.Writer.WriteAsync(append, ct);
        return await append.Outcome.WaitAsync(ct);
    }

    /// <summary>Sends what is waiting, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_waiting.Writer.TryComplete())
            return;
        _stopped.CancelAfter(RetryFor);
        await _sending;
        if (_connection is not null)
            await _connection.DisposeAsync();
        _stopped.Dispose();
    }

    private async Task SendAllAsync()
    {
        while (_left is not null || await _waiting.Reader.WaitToReadAsync())
        {
            await GatherAsync();
            var batch = NextBatch();
            if (batch.Count > 0)
                await SendAsync(batch);
        }
    }

    private int Waiting => _waiting.Reader.Count + (_left is null ? 0 : 1);

    /// <summary>Those who were answered together come again together, and join those who wait already: the first of them must not be sent off alone, nor the last be left behind.</summary>
    private async Task GatherAsync()
    {
        var start = Stopwatch.GetTimestamp();
        do
            await Task.Yield();
        while (Waiting < Math.Min(_together, MaxEvents) && Stopwatch.GetElapsedTime(start) < Straggling);
    }

    /// <summary>What may go in one call: no event id twice, bounded in events and bytes.</summary>
    private List<Append> NextBatch()
    {
        var batch = new List<Append>();
        var ids = new HashSet<Guid>();
        var bytes = 0L;
        while (TryTake(out var append))
        {
            if (append.Cancelled.IsCancellationRequested)
            {
                append.Cancel();
                continue;
            }
            var full = ids.Count + append.Ids.Count > MaxEvents || bytes + append.Bytes > MaxBytes || append.Ids.Any(ids.Contains);
            if (batch.Count > 0 && full)
            {
                _left = append;
                break;
            }
            batch.Add(append);
            ids.UnionWith(append.Ids);
            bytes += append.Bytes;
        }
        return batch;
    }

    private bool TryTake(out Append append)
    {
        if (_left is not null)
        {
            append = _left;
            _left = null;
            return true;
        }
        return _waiting.Reader.TryRead(out append!);
    }

    private async Task SendAsync(IReadOnlyList<Append> batch)
    {
        try
        {
            await SendUntilAnsweredAsync(batch);
        }
        catch (PostgresException cause) when (batch.Count > 1 && cause.SqlState.StartsWith("22", StringComparison.Ordinal))
        {
            // One of them carries data that PostgreSQL cannot take; alone, only that one fails.
            foreach (var append in batch)
                await SendAsync([append]);
        }
        catch (Exception cause)
        {
            foreach (var append in batch)
                append.Fail(cause);
        }
    }

    /// <summary>A call whose answer was lost is sent again: what it had stored is found by event id.</summary>
    private async Task SendUntilAnsweredAsync(IReadOnlyList<Append> batch)
    {
        var start = _time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var outcomes = await AppendCall.SendAsync(await ConnectionAsync(), batch, _stopped.Token);
                _together = batch.Count + Waiting;
                AppendCall.Settle(batch, outcomes);
                return;
            }
            catch (Exception cause) when (TryAgain.Helps(cause))
            {
                await DropConnectionAsync();
                if (_time.GetElapsedTime(start) > RetryFor || _stopped.IsCancellationRequested)
                    throw new LedgerUnavailableException($"The ledger's database did not answer for {RetryFor.TotalSeconds:0} s: {cause.Message}", cause);
                await Task.Delay(TryAgain.After(attempt), _time, _stopped.Token);
            }
        }
    }

    private async Task<NpgsqlConnection> ConnectionAsync()
    {
        if (_connection is { State: not System.Data.ConnectionState.Open })
            await DropConnectionAsync();
        return _connection ??= await AppendCall.ConnectAsync(_db, _stopped.Token);
    }

    private async Task DropConnectionAsync()
    {
        if (_connection is null)
            return;
        await _connection.DisposeAsync();
        _connection = null;
    }
}
