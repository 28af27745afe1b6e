using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.Pipeline;

/// <summary>Tells runs that a deadline or a grace period has passed. The view says which runs to tell; the run itself decides whether it is so.</summary>
public sealed class DeadlineSweeper(LedgerStore ledger, NpgsqlDataSource db, TimeProvider time, ILogger<DeadlineSweeper> log) : BackgroundService
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        using var timer = new PeriodicTimer(Interval, time);
        while (await timer.WaitForNextTickAsync(ct))
        {
            try
            {
                await SweepAsync(ct);
            }
            catch (Exception failure) when (failure is NpgsqlException or LedgerUnavailableException && !ct.IsCancellationRequested)
            {
                // The view is not built yet, or the database is away: the next tick looks again.
                log.LogWarning("Deadlines could not be looked at: {Reason}", failure.Message);
            }
        }
    }

    /// <returns>How many messages were said.</returns>
    public async Task<int> SweepAsync(CancellationToken ct = default)
    {
        var now = time.GetUtcNow();
        var deadlines = await RunQueries.PassedDeadlinesAsync(db, now, ct);
        foreach (var step in deadlines)
            await SayAsync(step.Run, new DeadlinePassed(step, now), ct);
        var graces = await RunQueries.PassedGracesAsync(db, now, ct);
        foreach (var run in graces)
            await SayAsync(run, new GracePassed(now), ct);
        return deadlines.Count + graces.Count;
    }

    private Task SayAsync(RunId run, RunMessage message, CancellationToken ct) => ledger.HandleAsync<PipelineRun>(
        run.Stream(), PipelineRun.Evolve, state => PipelineRun.Decide(state, message), Topology.Pipeline.ActsFor(run), ct);
}
