using System.Diagnostics;
using Npgsql;

namespace AgentOps.Ledger;

/// <summary>Keeps a view up to date in its service's schema, and rebuilds it.</summary>
/// <param name="schema">The service's own schema, named as its role.</param>
public sealed class Projection(LedgerStore store, string schema, View view)
{
    private static readonly TimeSpan DefaultWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(20);

    private readonly ViewRebuild _rebuild = new(store, schema, view);

    /// <summary>Follows the ledger until cancelled; a view that is new or was defined differently is built first.</summary>
    /// <exception cref="SubscriptionStoppedException">An event could not be applied.</exception>
    public Task RunAsync(CancellationToken ct) => RunAsync(() => { }, ct);

    /// <param name="progressed">Called whenever events were applied, or none were left to apply.</param>
    /// <inheritdoc cref="RunAsync(CancellationToken)"/>
    public async Task RunAsync(Action progressed, CancellationToken ct)
    {
        await _rebuild.ReplaceOutdatedAsync(ct);
        var subscription = new Subscription(store, view.Name, view.Categories,
            (page, transaction, token) => ViewChanges.ApplyAsync(view, page, transaction!, token), new(Definition: view.Definition, Progressed: progressed));
        await subscription.RunAsync(ct);
    }

    /// <summary>Builds the view anew from the first event. Readers see the old rows until the new ones are complete.</summary>
    public Task RebuildAsync(CancellationToken ct = default) => _rebuild.ReplaceAsync(ct);

    /// <summary>Builds the view as it was at a past position, beside the live one.</summary>
    /// <returns>The schema in which its tables stand until the next rebuild.</returns>
    public Task<string> RebuildAsOfAsync(long position, CancellationToken ct = default) => _rebuild.BuildAsync(position, ct);

    /// <summary>Waits until the view shows everything up to a position.</summary>
    /// <param name="timeout">2 s where nothing else is said.</param>
    /// <returns>How many of its events up to that position are still to be applied, counted to 10,000; 0 when it is up to date.</returns>
    public async Task<long> WaitForAsync(long position, TimeSpan? timeout = null, CancellationToken ct = default)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var lag = await LagAsync(position, ct);
            if (lag == 0 || Stopwatch.GetElapsedTime(start) >= (timeout ?? DefaultWait))
                return lag;
            await Task.Delay(LookAgainAfter, ct);
        }
    }

    private Task<long> LagAsync(long position, CancellationToken ct) => store.Database.ReadAsync(async connection =>
    {
        await using var command = new NpgsqlCommand("""
            SELECT count(*) FROM (
                SELECT FROM ledger.event e
                WHERE e.position > coalesce((SELECT s.position FROM subscription s WHERE s.name = $1 AND s.definition = $2), 0)
                    AND e.position <= $3 AND split_part(e.stream, '-', 1) = ANY($4)
                LIMIT 10000) e
            """, connection);
        command.Parameters.Add(new() { Value = view.Name });
        command.Parameters.Add(new() { Value = view.Definition });
        command.Parameters.Add(new() { Value = position });
        command.Parameters.Add(new() { Value = view.Categories.ToArray() });
        return (long)(await command.ExecuteScalarAsync(ct))!;
    }, ct);
}
