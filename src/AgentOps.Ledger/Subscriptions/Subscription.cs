using System.Diagnostics;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>How a subscription reads.</summary>
/// <param name="BatchSize">Events per call of the handler, 1 to 500.</param>
/// <param name="InTransaction">
/// True: the handler's rows and the cursor commit together, each event exactly once, one replica at a time.
/// False: the handler gets no transaction, the cursor is stored after it, and an event may come again.
/// </param>
/// <param name="Definition">What the cursor belongs to; a cursor stored for another definition is refused.</param>
/// <param name="Progressed">Called whenever a batch was handled, or nothing was left to handle.</param>
public sealed record SubscriptionOptions(int BatchSize = 200, bool InTransaction = true, string Definition = "", Action? Progressed = null);

/// <summary>Hands the events of some categories to a handler, in order, from where it stopped the last time. The cursor lies in the service's own schema.</summary>
/// <param name="categories">Stream categories, or null for all.</param>
public sealed class Subscription(
    LedgerStore store,
    string name,
    IReadOnlyList<string>? categories,
    Func<IReadOnlyList<StoredEvent>, NpgsqlTransaction?, CancellationToken, Task> handle,
    SubscriptionOptions? options = null)
{
    // The cursor of a subscription whose categories are quiet is stored only this often, so that it costs no write per event of others.
    private const int StoreQuietCursorEvery = 5_000;
    private static readonly TimeSpan RetryFor = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan RetryAfter = TimeSpan.FromSeconds(1);

    private readonly SubscriptionOptions _options = options ?? new();
    private long _read;

    // Of the listening; -1 where the cursor has to be read again.
    private int _session = -1;

    /// <summary>Runs until cancelled.</summary>
    /// <exception cref="SubscriptionStoppedException">The handler failed, an event's type is unknown, or the database stayed away; nothing was skipped.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        Stopwatch? lost = null;
        while (true)
        {
            try
            {
                var isMore = await CatchUpAsync(ct);
                _options.Progressed?.Invoke();
                if (!isMore)
                    await store.WaitBeyondAsync(_read, ct);
                lost = null;
            }
            catch (Exception cause) when (TryAgain.Helps(cause) && (lost is null || lost.Elapsed < RetryFor))
            {
                lost ??= Stopwatch.StartNew();
                _session = -1;
                await Task.Delay(RetryAfter, ct);
            }
            catch (Exception cause) when (cause is not OperationCanceledException || !ct.IsCancellationRequested)
            {
                throw new SubscriptionStoppedException($"Subscription '{name}' stopped {(ViewChanges.PositionOf(cause) is null ? "behind" : "at")} position {ViewChanges.PositionOf(cause) ?? _read}: {cause.Message}", cause)
                {
                    OnlyRestartHelps = cause is SubscriptionStoppedException or LedgerWentBackException or DefinedAnewException,
                };
            }
        }
    }

    /// <summary>Handles one batch; false when there is nothing more to do for now.</summary>
    private async Task<bool> CatchUpAsync(CancellationToken ct)
    {
        if (store.Sessions != _session)
            _read = await StartAsync(ct);
        var page = await ReadAsync(_read, ct);
        if (IsAhead(_read, page.Head) is { } ahead)
            throw new LedgerWentBackException(ahead);
        if (page.Position == _read)
            return false;
        if (page.Events.Count > 0 || page.Position / StoreQuietCursorEvery > _read / StoreQuietCursorEvery)
            return _options.InTransaction ? await HandleInTransactionAsync(page, ct) : await HandleAndStoreAsync(page, ct);
        _read = page.Position;
        return true;
    }

    /// <summary>From the cursor in the database, and never from memory where the session was lost: a restored database has its own, which belongs to its events.</summary>
    private async Task<long> StartAsync(CancellationToken ct)
    {
        _session = store.Sessions;
        var cursor = await SubscriptionCursor.LoadAsync(store.Database, name, _options.Definition, ct);
        return IsAhead(cursor, await store.HeadAsync(ct)) is { } ahead ? throw new InvalidOperationException(ahead) : cursor;
    }

    /// <summary>At the start, and at every page: the database may be another one under a service that runs.</summary>
    /// <returns>What is wrong; null where nothing is.</returns>
    private static string? IsAhead(long cursor, long head) =>
        cursor > head ? $"its cursor at {cursor} is ahead of the ledger's end at {head}: the ledger was restored from an older backup, so rebuild the view." : null;

    private async Task<bool> HandleInTransactionAsync(EventPage page, CancellationToken ct)
    {
        await using var connection = await store.Database.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        // Another replica waits here until this one has committed, then finds the cursor moved.
        if (!await SubscriptionCursor.TryMoveAsync(transaction, name, _options.Definition, _read, page.Position, ct))
        {
            _read = await SubscriptionCursor.PositionAsync(transaction, name, _options.Definition, ct);
            return true;
        }
        if (page.Events.Count > 0)
            await handle(page.Events, transaction, ct);
        await transaction.CommitAsync(ct);
        _read = page.Position;
        return true;
    }

    private async Task<bool> HandleAndStoreAsync(EventPage page, CancellationToken ct)
    {
        if (page.Events.Count > 0)
            await handle(page.Events, null, ct);
        await SubscriptionCursor.MoveAsync(store.Database, name, page.Position, ct);
        _read = page.Position;
        return true;
    }

    private Task<EventPage> ReadAsync(long after, CancellationToken ct) => store.ReadOnceAsync(after, Math.Clamp(_options.BatchSize, 1, 500), categories, ct);
}

/// <summary>A subscription cannot go on; nothing was skipped, and the cursor stands before the event that stopped it.</summary>
public sealed class SubscriptionStoppedException(string message, Exception cause) : Exception(message, cause)
{
    /// <summary>What this process knows of the ledger is not what stands there, or nobody listens to it any more; otherwise a further try, perhaps by a newer version, may get over it.</summary>
    public bool OnlyRestartHelps { get; init; }
}

/// <summary>Another version of the service has replaced what the cursor belongs to.</summary>
public sealed class DefinedAnewException(string message) : Exception(message);

/// <summary>The ledger ends before what was read of it already.</summary>
public sealed class LedgerWentBackException(string message) : Exception(message);
