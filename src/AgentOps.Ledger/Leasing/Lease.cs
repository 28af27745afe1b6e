using Npgsql;

namespace AgentOps.Ledger;

/// <summary>Long work in hand. Heartbeats keep it; when they fail for the lease's duration it lapses and <see cref="Token"/> fires.</summary>
public sealed class Lease : IAsyncDisposable
{
    private readonly CancellationTokenSource _lapsed;
    private readonly CancellationTokenSource _ended = new();
    private readonly SemaphoreSlim _appending = new(1);
    private readonly LedgerStore _store;
    private readonly LeaseTerms _terms;
    private readonly TimeProvider _time;
    private readonly Task _beating;
    private int _version;

    internal Lease(LedgerStore store, LeaseTerms terms, long asked, TimeProvider time)
    {
        _store = store;
        _terms = terms;
        _time = time;
        _version = terms.Fence;
        _lapsed = new CancellationTokenSource(Remaining(asked), time);
        Token = _lapsed.Token;
        _beating = Task.Run(BeatAsync);
    }

    /// <summary>Fires when the lease has lapsed or was lost, by this machine's monotonic clock and never later than the database lets another holder in.</summary>
    public CancellationToken Token { get; }

    /// <summary>The version of the leased event: whoever leases later has a higher one.</summary>
    public int Fence => _terms.Fence;

    /// <summary>The stream's version as this holder knows it.</summary>
    public int Version => Volatile.Read(ref _version);

    /// <summary>Appends to the work's stream, unless somebody else leased it meanwhile; events of other writers are passed over.</summary>
    /// <exception cref="LostLeaseException">The lease lapsed or another holder took it. Nothing was appended.</exception>
    public async Task<AppendResult> AppendAsync(IReadOnlyList<NewEvent> events, EventContext context, CancellationToken ct = default)
    {
        await _appending.WaitAsync(ct);
        try
        {
            while (true)
            {
                if (Token.IsCancellationRequested)
                    throw new LostLeaseException(_terms);
                try
                {
                    var result = await _store.AppendAsync([new(_terms.Stream, Expected.Version(_version), events)], context, ct);
                    _version = result.Writes[0].Version;
                    return result;
                }
                catch (VersionConflictException)
                {
                    await PassOverAsync(ct);
                }
            }
        }
        finally
        {
            _appending.Release();
        }
    }

    /// <summary>Gives the lease up at once, so that the next holder need not wait.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        await _beating;
        if (!Token.IsCancellationRequested)
            await ReleaseAsync();
        _ended.Dispose();
        _lapsed.Dispose();
        _appending.Dispose();
    }

    private async Task PassOverAsync(CancellationToken ct)
    {
        await foreach (var stored in _store.ReadStreamAsync(_terms.Stream, _version + 1, ct))
        {
            if (stored.Type == _terms.LeasedType)
            {
                await _lapsed.CancelAsync();
                throw new LostLeaseException(_terms);
            }
            _version = stored.Version;
        }
    }

    private async Task BeatAsync()
    {
        using var ticks = new PeriodicTimer(_terms.Duration / 3, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(Token, _ended.Token);
        try
        {
            while (await ticks.WaitForNextTickAsync(either.Token))
                await BeatOnceAsync(either.Token);
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            // Lapsed, lost or given up: no heartbeat is due.
        }
    }

    private async Task BeatOnceAsync(CancellationToken ct)
    {
        var asked = _time.GetTimestamp();
        try
        {
            await using var command = Command("SELECT ledger.prolong_lease($1, $2, $3)");
            command.Parameters.Add(new() { Value = (int)_terms.Duration.TotalMilliseconds });
            if ((bool)(await command.ExecuteScalarAsync(ct))!)
                _lapsed.CancelAfter(Remaining(asked));
            else
                await _lapsed.CancelAsync();
        }
        catch (Exception cause) when (TryAgain.Helps(cause))
        {
            // The next tick tries again; the lease lapses by itself if none gets through.
        }
    }

    private async Task ReleaseAsync()
    {
        try
        {
            await using var command = Command("SELECT ledger.release_lease($1, $2)");
            await command.ExecuteNonQueryAsync();
        }
        catch (Exception cause) when (TryAgain.Helps(cause))
        {
            // It lapses by itself.
        }
    }

    private NpgsqlCommand Command(string sql)
    {
        var command = _store.Database.CreateCommand(sql);
        command.CommandTimeout = Math.Max(1, (int)_terms.Duration.TotalSeconds / 3);
        command.Parameters.Add(new() { Value = _terms.Stream });
        command.Parameters.Add(new() { Value = _terms.Fence });
        return command;
    }

    private TimeSpan Remaining(long asked)
    {
        var remaining = _terms.Duration - _time.GetElapsedTime(asked);
        return remaining > TimeSpan.Zero ? remaining : TimeSpan.Zero;
    }
}

/// <summary>What was leased: the stream, the fencing token, the type of the leased event, and how long it lasts without a heartbeat.</summary>
internal sealed record LeaseTerms(string Stream, int Fence, string LeasedType, TimeSpan Duration);

/// <summary>The work belongs to another holder now, or to nobody: stop, and leave the stream alone.</summary>
public sealed class LostLeaseException : Exception
{
    internal LostLeaseException(LeaseTerms terms)
        : base($"The lease of '{terms.Stream}' with fencing token {terms.Fence} is lost.")
    {
    }
}
