using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Subjects;
using Dapper;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AgentOps.Registry;

/// <summary>
/// Does the erasures and deletions that were asked for and have no end: the wake-up for one can be lost with its broker, or the database be restored to a moment between the two.
/// What is done once more meanwhile comes to the same. A key that was erased and came back with a copy of its folder is erased again.
/// </summary>
public sealed class LeftUndone(NpgsqlDataSource db, LedgerStore ledger, SubjectKeys subjects, ErasureConsumer erasures, DeletionConsumer deletions, TimeProvider time, ILogger<LeftUndone> log)
{
    /// <summary>A wake-up that is on its way has done it by then.</summary>
    public static readonly TimeSpan After = TimeSpan.FromMinutes(1);

    private static readonly string[] Asked = [AllEvents.Registry.NameOf<ErasureRequested>(), AllEvents.Registry.NameOf<DeletionRequested>()];
    private static readonly string[] Ends = [AllEvents.Registry.NameOf<ErasureCompleted>(), AllEvents.Registry.NameOf<DeletionCompleted>(), AllEvents.Registry.NameOf<DeletionRefused>()];

    /// <summary>Erasures first, which need no view.</summary>
    /// <returns>The positions of the requests that were done now, as the view of the record has them.</returns>
    public async Task<IReadOnlyList<long>> PassAsync(CancellationToken ct)
    {
        await EraseAgainAsync(ct);
        var positions = await db.ReadAsync<IReadOnlyList<long>>(async connection => [.. await connection.QueryAsync<long>(new CommandDefinition("""
            SELECT asked.position FROM record asked
            WHERE asked.type = ANY(@Asked) AND asked.at < @before AND NOT EXISTS (
                SELECT FROM record answer WHERE answer.stream = asked.stream AND answer.position > asked.position AND answer.type = ANY(@Ends))
            ORDER BY asked.type = @deletion, asked.position
            """, new { Asked, Ends, deletion = AllEvents.Registry.NameOf<DeletionRequested>(), before = time.GetUtcNow() - After }, cancellationToken: ct))], ct);
        var done = new List<long>();
        foreach (var position in positions)
            if (await TryAsync(position, ct))
                done.Add(position);
        return done;
    }

    private async Task EraseAgainAsync(CancellationToken ct)
    {
        var ends = await db.ReadAsync<IReadOnlyList<long>>(async connection => [.. await connection.QueryAsync<long>(new CommandDefinition(
            "SELECT position FROM record WHERE type = @type ORDER BY position", new { type = AllEvents.Registry.NameOf<ErasureCompleted>() }, cancellationToken: ct))], ct);
        foreach (var position in ends)
            if ((await ledger.ReadAtAsync(position, ct))?.Data is ErasureCompleted erased && subjects.HasKey(erased.Subject))
            {
                subjects.Erase(erased.Subject);
                log.LogWarning("The key of subject '{Subject}', which was erased, was there again and is erased once more: it came back with a copy of the folder of keys", erased.Subject);
            }
    }

    /// <summary>What cannot be done now keeps nothing else from being done.</summary>
    private async Task<bool> TryAsync(long position, CancellationToken ct)
    {
        try
        {
            var asked = (await ledger.ReadAtAsync(position, ct))!;
            await (asked.Data is ErasureRequested ? erasures.HandleAsync(asked, ct) : deletions.HandleAsync(asked, ct));
            return true;
        }
        catch (Exception failure) when (!ct.IsCancellationRequested)
        {
            log.LogWarning("Request {Position}, which was left undone, could not be done and is tried again: {Reason}", position, failure.Message);
            return false;
        }
    }
}

/// <summary>Looks for them when the service starts and now and then.</summary>
public sealed class LeftUndoneHost(LeftUndone undone, TimeProvider time, ILogger<LeftUndoneHost> log) : BackgroundService
{
    private static readonly TimeSpan Every = TimeSpan.FromMinutes(5);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Every, time);
        do
        {
            try
            {
                if (await undone.PassAsync(ct) is { Count: > 0 } done)
                    log.LogWarning("{Count} erasures or deletions had been asked for and not been done; they are now. Requests: {Positions}", done.Count, string.Join(", ", done));
            }
            catch (Exception failure) when (!ct.IsCancellationRequested)
            {
                // A view is not built yet, or the database is away: what is left undone is found again.
                log.LogWarning("What was left undone could not be looked for: {Reason}", failure.Message);
            }
        }
        while (await timer.WaitForNextTickAsync(ct));
    }
}

public static class LeftUndoneServices
{
    public static IServiceCollection AddLeftUndone(this IServiceCollection services) => services.AddSingleton<LeftUndone>().AddHostedService<LeftUndoneHost>();
}
