using AgentOps.Contracts;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>The ledger as a service sees it: append, read, handle. One per process; appends of all callers share its connection.</summary>
public sealed class LedgerStore(NpgsqlDataSource db, EventRegistry events, Producer producer, TimeProvider? time = null) : IAsyncDisposable
{
    private const int MaxHandleAttempts = 100;

    private readonly WriteCombiner _combiner = new(db, time ?? TimeProvider.System);
    private readonly EventReader _reader = new(db, events, time ?? TimeProvider.System);
    private readonly Lazy<LedgerSignal> _signal = new(() => new LedgerSignal(db));

    internal NpgsqlDataSource Database => db;

    internal EventRegistry Events => events;

    internal Producer Producer => producer;

    /// <summary>Appends all or nothing, also over several streams. The same ids again return where they were stored the first time.</summary>
    /// <exception cref="VersionConflictException">A stream is not at its expected version.</exception>
    /// <exception cref="AppendRefusedException">The stream belongs to another service, an event exceeds 64 KiB, or an id is taken by another event.</exception>
    /// <exception cref="LedgerUnavailableException">The database did not answer in time; append the same ids again.</exception>
    public Task<AppendResult> AppendAsync(IReadOnlyList<StreamWrite> writes, EventContext context, CancellationToken ct = default) =>
        _combiner.AppendAsync(Append.Of(writes, EventMeta.Of(context, producer), events, ct), ct);

    /// <summary>One stream's events in order of version.</summary>
    public IAsyncEnumerable<StoredEvent> ReadStreamAsync(string stream, int fromVersion = 1, CancellationToken ct = default) =>
        _reader.StreamAsync(stream, fromVersion, ct);

    /// <summary>Several streams' events in order of position.</summary>
    public IAsyncEnumerable<StoredEvent> ReadStreamsAsync(IReadOnlyList<string> streams, CancellationToken ct = default) =>
        _reader.StreamsAsync(streams, ct);

    /// <summary>The next events after a position. A page may be empty and yet end further on: nothing of these categories stands between.</summary>
    /// <param name="limit">1 to 500.</param>
    /// <param name="categories">Stream categories, or null for all.</param>
    public Task<EventPage> ReadAsync(long after, int limit, IReadOnlyList<string>? categories = null, CancellationToken ct = default) =>
        _reader.AfterAsync(after, Math.Clamp(limit, 1, 500), categories, long.MaxValue, ct);

    /// <inheritdoc cref="EventReader.AfterOnceAsync"/>
    internal Task<EventPage> ReadOnceAsync(long after, int limit, IReadOnlyList<string>? categories, CancellationToken ct) => _reader.AfterOnceAsync(after, limit, categories, ct);

    /// <summary>The event at a position, or null behind the end.</summary>
    public Task<StoredEvent?> ReadAtAsync(long position, CancellationToken ct = default) => _reader.AtAsync(position, ct);

    /// <summary>The last position of the ledger; 0 when it is empty.</summary>
    public Task<long> HeadAsync(CancellationToken ct = default) => _reader.HeadAsync(ct);

    /// <summary>Returns when the ledger has an event behind this position.</summary>
    public Task WaitBeyondAsync(long position, CancellationToken ct = default) => _signal.Value.WaitBeyondAsync(position, ct);

    /// <inheritdoc cref="LedgerSignal.Sessions"/>
    internal int Sessions => _signal.Value.Sessions;

    /// <summary>One stream folded to its state; the default state and version 0 when it has no events.</summary>
    public async Task<Folded<TState>> FoldAsync<TState>(string stream, Func<TState?, IEvent, TState> evolve, CancellationToken ct = default)
        where TState : class
    {
        var folded = new Folded<TState>(null, 0, 0);
        await foreach (var stored in ReadStreamAsync(stream, ct: ct))
            folded = new(evolve(folded.State, stored.Data), stored.Version, stored.Position);
        return folded;
    }

    /// <summary>Load, fold, decide, append; again from the start when another writer came first. No events decided appends nothing.</summary>
    /// <returns>The position of the last event of the stream: the last one appended, or the last one folded.</returns>
    /// <remarks>With a causation the event ids follow from stream, version, causation and type, so that a message delivered twice at once is appended once.</remarks>
    public async Task<long> HandleAsync<TState>(
        string stream, Func<TState?, IEvent, TState> evolve, Func<TState?, IReadOnlyList<IEvent>> decide, EventContext context, CancellationToken ct = default)
        where TState : class
    {
        for (var attempt = 1; ; attempt++)
        {
            var folded = await FoldAsync(stream, evolve, ct);
            var decided = decide(folded.State);
            if (decided.Count == 0)
                return folded.Position;
            var numbered = decided.Select((e, i) => new NewEvent(IdOf(stream, folded.Version + 1 + i, context.Causation, events.NameOf(e)), e)).ToArray();
            try
            {
                var result = await AppendAsync([new(stream, Expected.Version(folded.Version), numbered)], context, ct);
                return result.Position;
            }
            catch (VersionConflictException) when (attempt < MaxHandleAttempts)
            {
                // Another writer came first: its events are folded in the next attempt.
            }
        }
    }

    /// <summary>Sends what is still waiting, then closes.</summary>
    public async ValueTask DisposeAsync()
    {
        await _combiner.DisposeAsync();
        if (_signal.IsValueCreated)
            await _signal.Value.DisposeAsync();
    }

    internal Task<EventPage> ReadUpToAsync(long after, long upTo, int limit, IReadOnlyList<string>? categories, CancellationToken ct) =>
        _reader.AfterAsync(after, limit, categories, upTo, ct);

    private static Guid IdOf(string stream, int version, Guid? causation, string type) => causation is { } cause
        ? NameBasedGuid.Of(stream, version.ToString(), cause.ToString(), type)
        : Guid.CreateVersion7();
}

/// <summary>A stream's state, and the version and position of the last event in it.</summary>
public sealed record Folded<TState>(TState? State, int Version, long Position) where TState : class;
