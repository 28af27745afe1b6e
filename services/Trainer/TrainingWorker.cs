using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Subjects;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Npgsql;

namespace AgentOps.Trainer;

/// <summary>Takes one open training at a time under a lease and runs it outside of any delivery.</summary>
public sealed class TrainingWorker(LedgerStore ledger, Leases leases, ArtifactStore artifacts, SubjectKeys subjects, ModelImport import, NpgsqlDataSource db, WakeSignal wake, IConfiguration configuration, TimeProvider time, ILogger<TrainingWorker> log) : BackgroundService
{
    private static readonly TimeSpan LeaseDuration = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LookAgain = TimeSpan.FromSeconds(2);
    private readonly TimeSpan _checkpointEvery = configuration.GetValue("Trainer:CheckpointEvery", TimeSpan.FromSeconds(5));
    private readonly string _holder = $"{Environment.MachineName}/{Environment.ProcessId}";

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            var worked = false;
            try
            {
                foreach (var training in await TrainingView.OpenAsync(db, ct))
                    worked |= await TryAsync(training, ct);
            }
            catch (Exception away) when (away is NpgsqlException or LedgerUnavailableException or LostLeaseException)
            {
                log.LogWarning("The training is interrupted and will be taken up again: {Reason}", away.Message);
            }
            if (!worked)
                await wake.WaitAsync(LookAgain, ct);
        }
    }

    /// <returns>Whether there was something to do.</returns>
    private async Task<bool> TryAsync(TrainingId id, CancellationToken ct)
    {
        var (run, version, _) = await ledger.FoldAsync<TrainingRun>(id.Stream(), TrainingRun.Evolve, ct);
        if (run is null or { Answered: true })
            return false;
        var context = Topology.Trainer.ActsFor(run.Step.Run);
        Lease? taken;
        try
        {
            taken = await leases.TakeAsync(id.Stream(), _holder, LeaseDuration, new TrainingLeased(id, _holder), context, Expected.Version(version), ct);
        }
        catch (VersionConflictException)
        {
            return true;
        }
        if (taken is null)
            return false;
        await using var lease = taken;
        log.LogInformation("Training {Training} for {Path} of run {Run}, from step {Step}", id, run.Step.Path, run.Step.Run, run.Checkpoint?.OptimizerStep ?? 0);
        await new LeasedTraining(ledger, artifacts, subjects, import, lease, run, context, configuration["AGENTOPS_DEVICE"] ?? "cpu", _checkpointEvery, time, log).RunAsync(ct);
        return true;
    }
}
