using AgentOps.Contracts;
using AgentOps.Exports;
using AgentOps.Ledger;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace AgentOps.Registry;

/// <summary>
/// Tells an OpenLineage endpoint of every run, from the ledger's first event on and in its order. How far it has come is stored; while the endpoint is away it waits, and says for what.
/// At least once: after a crash the last events may come again, the same to the byte. Replicas may say the same twice.
/// </summary>
public sealed class OpenLineagePush(LedgerStore ledger, OpenLineageEndpoint endpoint, string jobs, TimeProvider time, ILogger<OpenLineagePush> log) : BackgroundService
{
    // The cursor is stored after each batch, so this is how much may be told twice.
    private const int BatchEvents = 20;
    private static readonly TimeSpan FirstPause = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        log.LogInformation("Runs are told to {Endpoint}.", endpoint);
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await new Subscription(ledger, "openlineage", [RunId.Category], TellAsync, new(BatchEvents, InTransaction: false)).RunAsync(ct);
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (Exception stopped) when (stopped is not SubscriptionStoppedException { OnlyRestartHelps: true })
            {
                // What others are told is no reason to end what signs the ledger.
                log.LogCritical(stopped, "Telling runs to {Endpoint} stands still and is tried again in {Pause} s; nothing was skipped.", endpoint, LongestPause.TotalSeconds);
                await Task.Delay(LongestPause, time, ct).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    private async Task TellAsync(IReadOnlyList<StoredEvent> events, object? transaction, CancellationToken ct)
    {
        var runs = new Dictionary<string, IReadOnlyList<Fact>>(StringComparer.Ordinal);
        foreach (var stored in events)
        {
            if (!runs.TryGetValue(stored.Stream, out var run))
                runs[stored.Stream] = run = await ReadAsync([stored.Stream], ct);
            foreach (var told in OpenLineage.Of(run, await WorkAsync(stored, ct), jobs).Where(told => told.Position == stored.Position))
                await PostAsync(told, ct);
        }
    }

    /// <summary>Until the endpoint has it: what it refuses is not skipped either.</summary>
    private async Task PostAsync(OpenLineageEvent told, CancellationToken ct)
    {
        for (var pause = FirstPause; await endpoint.TryPostAsync(told.Json, ct) is { } reason; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            log.LogWarning("{Endpoint} has not taken event {Position} ({Reason}); it and all that follow wait, and it is told again in {Pause} s.", endpoint, told.Position, reason, pause.TotalSeconds);
            await Task.Delay(pause, time, ct);
        }
    }

    /// <summary>What the services recorded of a step that has ended.</summary>
    private async Task<IReadOnlyList<Fact>> WorkAsync(StoredEvent stored, CancellationToken ct)
    {
        if (stored.Data is not StepCompleted { Step: var step, Output: var output })
            return [];
        var work = await ReadAsync(Streams(step, output), ct);
        // A generation's environment stands with its trajectories, of which one says it for all.
        return work.Select(fact => fact.Data).OfType<ShardCompleted>().SelectMany(shard => shard.Trajectories).FirstOrDefault() is { } first
            ? [.. work, .. await ReadAsync([first.Trajectory.Stream()], ct)]
            : work;
    }

    private static string[] Streams(StepKey step, StepOutput output) => output switch
    {
        ModelOutput => [TrainingId.Of(step.Run, step.Path).Stream()],
        GenerationOutput o => [o.Generation.Stream()],
        JudgementOutput o => [o.Judgement.Stream(), o.Judgement.VerdictStream(0)],
        DatasetOutput o => [o.Dataset.Stream()],
        EvaluationOutput o => [o.Evaluation.Stream()],
        PromotionOutput o => [Model.Stream(o.Model)],
        _ => [],
    };

    private async Task<IReadOnlyList<Fact>> ReadAsync(IReadOnlyList<string> streams, CancellationToken ct)
    {
        var facts = new List<Fact>();
        await foreach (var stored in ledger.ReadStreamsAsync(streams, ct))
            facts.Add(LineageFacts.FactOf(stored));
        return facts;
    }
}
