using AgentOps.Contracts;

namespace AgentOps.Serving;

/// <summary>
/// The loaded models, a bounded number. A model in use is never dropped; the least recently used idle one makes room.
/// Requests are granted in the order of arrival once the first of them has to wait, so that none starves.
/// </summary>
public sealed class ModelPool(int capacity, TimeSpan patience, Func<Digest, Task<LoadedModel>> load, TimeProvider time) : IAsyncDisposable
{
    private readonly Lock _gate = new();
    private readonly Dictionary<Digest, Entry> _entries = [];
    private readonly LinkedList<Waiter> _waiters = [];
    private long _uses;

    public IReadOnlyList<Digest> Loaded
    {
        get
        {
            lock (_gate)
                return [.. _entries.Where(e => e.Value.Model.IsCompletedSuccessfully).Select(e => e.Key)];
        }
    }

    /// <summary>A model that stays loaded until the lease is disposed of; loads it if need be, once for all who ask.</summary>
    /// <exception cref="PoolBusyException">No other model fell idle in time.</exception>
    public async Task<ModelLease> RentAsync(Digest digest, CancellationToken ct)
    {
        var entry = await EntryAsync(digest, ct);
        try
        {
            return new(await entry.Model.WaitAsync(ct), () => Return(digest, entry));
        }
        catch
        {
            Return(digest, entry);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        Entry[] entries;
        lock (_gate)
            entries = [.. _entries.Values];
        foreach (var entry in entries)
            await CloseAsync(entry);
    }

    private async Task<Entry> EntryAsync(Digest digest, CancellationToken ct)
    {
        Waiter waiter;
        lock (_gate)
        {
            if (_waiters.Count == 0 && TryGrant(digest) is { } granted)
                return granted;
            waiter = new(digest);
            _waiters.AddLast(waiter);
        }
        try
        {
            return await waiter.Granted.Task.WaitAsync(patience, time, ct);
        }
        catch (Exception failure) when (failure is TimeoutException or OperationCanceledException)
        {
            Withdraw(waiter);
            if (failure is TimeoutException)
                throw new PoolBusyException($"All {capacity} models that fit at a time have been in use for {patience.TotalSeconds:0} s: try again later, or let Serving hold more.");
            throw;
        }
    }

    private void Withdraw(Waiter waiter)
    {
        lock (_gate)
            _waiters.Remove(waiter);
        if (waiter.Granted.Task.IsCompletedSuccessfully)
            Return(waiter.Digest, waiter.Granted.Task.Result);
        lock (_gate)
            GrantWaiting();
    }

    private void Return(Digest digest, Entry entry)
    {
        lock (_gate)
        {
            entry.Users--;
            // A model that could not be loaded is forgotten, so that the next request tries again.
            if (entry.Users == 0 && entry.Model.IsFaulted && _entries.GetValueOrDefault(digest) == entry)
                _entries.Remove(digest);
            GrantWaiting();
        }
    }

    private void GrantWaiting()
    {
        while (_waiters.First is { } first && TryGrant(first.Value.Digest) is { } entry)
        {
            _waiters.RemoveFirst();
            first.Value.Granted.SetResult(entry);
        }
    }

    private Entry? TryGrant(Digest digest)
    {
        if (_entries.TryGetValue(digest, out var entry) && entry.HasStopped)
        {
            // Whoever still holds it was told by the engine's end; everyone else gets a new one.
            _entries.Remove(digest);
            _ = CloseAsync(entry);
            entry = null;
        }
        if (entry is null)
        {
            if (_entries.Count == capacity && !TryEvict())
                return null;
            entry = new(Task.Run(() => load(digest)));
            _entries.Add(digest, entry);
        }
        entry.Users++;
        entry.LastUse = ++_uses;
        return entry;
    }

    private bool TryEvict()
    {
        if (_entries.Keys.Where(digest => _entries[digest].Users == 0).OrderBy(digest => _entries[digest].LastUse).ToArray() is not [var oldest, ..])
            return false;
        _entries.Remove(oldest, out var idle);
        _ = CloseAsync(idle!);
        return true;
    }

    private static async Task CloseAsync(Entry entry)
    {
        try
        {
            await (await entry.Model).DisposeAsync();
        }
        catch (Exception) when (entry.Model.IsFaulted)
        {
            // A model that could not be loaded has nothing to close; those who asked for it were told.
        }
    }

    private sealed class Entry(Task<LoadedModel> model)
    {
        public Task<LoadedModel> Model => model;

        public bool HasStopped => model is { IsCompletedSuccessfully: true, Result.Engine.HasStopped: true };

        public int Users { get; set; }

        public long LastUse { get; set; }
    }

    private sealed record Waiter(Digest Digest)
    {
        public TaskCompletionSource<Entry> Granted { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}

/// <summary>The right to use a loaded model until disposed of.</summary>
public sealed class ModelLease(LoadedModel model, Action giveBack) : IDisposable
{
    private Action? _giveBack = giveBack;

    public LoadedModel Model => model;

    public void Dispose() => Interlocked.Exchange(ref _giveBack, null)?.Invoke();
}

/// <summary>Every loaded model stayed in use for longer than a request waits.</summary>
public sealed class PoolBusyException(string message) : Exception(message);
