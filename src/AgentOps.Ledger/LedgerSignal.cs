using Npgsql;

namespace AgentOps.Ledger;

/// <summary>
/// Tells when the ledger has grown: by NOTIFY at once, by a slow poll where a notification was missed. A notification, which anybody in the database can send, is no more than a reason to look.
/// They are asked for only while somebody waits: hundreds a second would otherwise wake a session and a thread each, in every process, for nobody.
/// </summary>
internal sealed class LedgerSignal : IAsyncDisposable
{
    private static readonly TimeSpan SlowPoll = TimeSpan.FromSeconds(5);
    // Whoever works through what came waits again within that time; whoever looks once a second does not.
    private static readonly TimeSpan Lingering = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan ConnectAgainAfter = TimeSpan.FromSeconds(1);

    private readonly CancellationTokenSource _stopped = new();
    private readonly Lock _gate = new();
    private readonly NpgsqlDataSource _db;
    private readonly TimeSpan _poll;
    private readonly Task _listening;
    private TaskCompletionSource _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private TaskCompletionSource _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _head;
    private int _sessions;

    /// <param name="poll">How long a missed notification can stay unnoticed; 5 s where nothing else is said.</param>
    public LedgerSignal(NpgsqlDataSource db, TimeSpan? poll = null)
    {
        _db = db;
        _poll = poll ?? SlowPoll;
        _listening = Task.Run(ListenAsync);
    }

    /// <summary>How often listening has begun and was lost. Where that has changed, the database may have been restored meanwhile: what was read before says nothing about what stands there now.</summary>
    public int Sessions => Volatile.Read(ref _sessions);

    /// <summary>Returns when the ledger has an event behind this position.</summary>
    /// <exception cref="SubscriptionStoppedException">Nobody listens to the ledger any more, and waiting would not end.</exception>
    public async Task WaitBeyondAsync(long position, CancellationToken ct)
    {
        while (true)
        {
            Task grown;
            lock (_gate)
            {
                if (_head > position && !_grown.Task.IsFaulted)
                    return;
                grown = _grown.Task;
                _asked.TrySetResult();
            }
            await grown.WaitAsync(ct);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopped.CancelAsync();
        await _listening;
        _stopped.Dispose();
    }

    private async Task ListenAsync()
    {
        while (!_stopped.IsCancellationRequested)
        {
            try
            {
                await ListenOnceAsync(_stopped.Token);
            }
            catch (OperationCanceledException) when (_stopped.IsCancellationRequested)
            {
                return;
            }
            catch (Exception cause) when (TryAgain.Helps(cause))
            {
                // Whoever waits goes on waiting; its own statements report an unreachable database.
                Interlocked.Increment(ref _sessions);
                await Task.Delay(ConnectAgainAfter, _stopped.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
            catch (Exception cause)
            {
                lock (_gate)
                    _grown.SetException(new SubscriptionStoppedException($"Listening to the ledger stopped at position {_head}: {cause.Message}", cause));
                return;
            }
        }
    }

    private async Task ListenOnceAsync(CancellationToken ct)
    {
        await using var connection = await _db.OpenConnectionAsync(ct);
        Interlocked.Increment(ref _sessions);
        await LookAsync(connection, ct);
        while (true)
        {
            if (!await IsAskedAsync(_poll, ct))
                await LookAsync(connection, ct);
            else
                await ListenWhileAskedAsync(connection, ct);
        }
    }

    private async Task ListenWhileAskedAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        var noticed = false;
        void Notice(object sender, NpgsqlNotificationEventArgs e) => noticed = true;
        connection.Notification += Notice;
        await ExecuteAsync(connection, "LISTEN ledger", ct);
        while (true)
        {
            noticed = false;
            await LookAsync(connection, ct);
            if (!await IsAskedAsync(Lingering, ct))
                break;
            // One that came with the head's answer may be of what the answer does not have.
            if (!noticed)
                await connection.WaitAsync(_poll, ct);
        }
        await ExecuteAsync(connection, "UNLISTEN ledger", ct);
        connection.Notification -= Notice;
    }

    /// <summary>Returns when somebody waits, or false when nobody did for that long.</summary>
    private async Task<bool> IsAskedAsync(TimeSpan within, CancellationToken ct)
    {
        Task asked;
        lock (_gate)
            asked = _asked.Task;
        await asked.WaitAsync(within, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        ct.ThrowIfCancellationRequested();
        return asked.IsCompleted;
    }

    private async Task LookAsync(NpgsqlConnection connection, CancellationToken ct)
    {
        await using var head = new NpgsqlCommand("SELECT position FROM ledger.head", connection);
        Look((long)(await head.ExecuteScalarAsync(ct))!);
    }

    private static async Task ExecuteAsync(NpgsqlConnection connection, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(ct);
    }

    private void Look(long head)
    {
        lock (_gate)
        {
            if (head < _head)
                throw new LedgerWentBackException($"the ledger ends at {head} now: it was restored from an older backup.");
            if (head == _head)
                return;
            _head = head;
            _grown.TrySetResult();
            _grown = new(TaskCreationOptions.RunContinuationsAsynchronously);
            _asked = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}
