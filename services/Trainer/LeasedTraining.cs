using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Learning;
using AgentOps.Ledger;
using AgentOps.Models;
using AgentOps.Subjects;
using Microsoft.Extensions.Logging;
using TorchSharp;

namespace AgentOps.Trainer;

/// <summary>One training from its last checkpoint to its answer, as long as the lease holds. Every append is fenced by it.</summary>
/// <param name="checkpointEvery">What a killed trainer loses at most, but for what comes in one piece and is made again from its beginning: the reference of dpo and kto before their first step, and an online iteration's steps. How often is saved changes no byte of the model.</param>
public sealed class LeasedTraining(LedgerStore ledger, ArtifactStore artifacts, SubjectKeys subjects, ModelImport import, Lease lease, TrainingRun run, EventContext context, string device, TimeSpan checkpointEvery, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan ReportEvery = TimeSpan.FromSeconds(1);
    private readonly CancellationWatch _cancellation = new(ledger, run.Step.Run);
    private BalanceSheet? _balance;

    /// <exception cref="LostLeaseException">Another holder goes on.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(ct, lease.Token);
        IEvent answer;
        try
        {
            answer = run.Result is { } result ? result with { Step = run.Step }
                : await _cancellation.RequestedAsync(stop.Token) ? new TrainingCancelled(run.Id, run.Step, run.Checkpoint?.OptimizerStep ?? 0)
                : await TrainAsync(stop.Token);
        }
        catch (OperationCanceledException) when (lease.Token.IsCancellationRequested)
        {
            return;
        }
        catch (Exception failed) when (!TrainingFailure.IsInterruption(failed))
        {
            if (!TrainingFailure.IsForeseen(failed))
                log.LogError(failed, "Training {Training} failed.", run.Id);
            answer = new TrainingFailed(run.Id, run.Step, TrainingFailure.Sentence(failed, device), _balance ?? (failed as DataRefusedException)?.Balance, Retryable: !TrainingFailure.IsOfTheWork(failed));
        }
        await AppendAsync(answer, ct);
    }

    private async Task<IEvent> TrainAsync(CancellationToken ct)
    {
        if (run.Work is ImportWork wanted)
            return await CompletedAsync(await import.TakeAsync(wanted, ct), 0, 0, new Dictionary<string, double>(), _balance, ct);
        if (run.Work is OnlineTrainWork online)
            return await PlayAndLearnAsync(online, ct);
        var (model, lines) = run.Work is TrainWork train
            ? (await artifacts.FolderAsync(train.From, ct), await LinesAsync(train.Data, ct))
            : (null, []);
        await using var thread = await ResumeAsync(state => OpenAsync(new TrainingThread(run.Work, model, lines, state, device), async opened => _balance = await opened.OpenedAsync(ct)), ct);
        var progress = new Progress(run.Id, await thread.MetricsAsync(ct));
        var (reporting, saving) = (new Recurring(ReportEvery, time), new Recurring(checkpointEvery, time));
        while (await thread.NextAsync(ct) is { } report)
        {
            progress.Add(report);
            if (reporting.IsDue)
            {
                await AppendAsync(progress.Take(), ct);
                reporting.Done();
                if (await _cancellation.RequestedAsync(ct))
                {
                    await SaveAsync(thread, ct);
                    return new TrainingCancelled(run.Id, run.Step, report.Step);
                }
            }
            if (saving.IsDue)
            {
                await SaveAsync(thread, ct);
                saving.Done();
            }
        }
        return await CompletedAsync(thread, progress, ct);
    }

    private async Task<IEvent> PlayAndLearnAsync(OnlineTrainWork work, CancellationToken ct)
    {
        var model = await artifacts.FolderAsync(work.From, ct);
        var rewardModel = work.RewardModel is { } scores ? await artifacts.FolderAsync(scores, ct) : null;
        await using var thread = await ResumeAsync(state => OpenAsync(new JobThread<OnlineJob>(() => OnlineJob.Open(work, model, state, torch.device(device), rewardModel)), opened => opened.CallAsync(job => job.Iteration, ct)), ct);
        var training = new OnlineTraining(run, work, artifacts, new(ledger, artifacts, subjects), AppendAsync, new(ledger, run.Id, run.Step), time);
        try
        {
            return await training.RunAsync(thread, ct) is var (trained, step, tokens)
                ? await CompletedAsync(trained, step, tokens, training.Metrics, training.Balance, ct, [.. Enumerable.Range(0, work.Iterations).Select(iteration => OnlineTrainWork.GenerationOf(run.Step.Run, run.Step.Path, iteration))])
                : new TrainingCancelled(run.Id, run.Step, await thread.CallAsync(job => job.Step, ct));
        }
        finally
        {
            _balance = training.Balance;
        }
    }

    /// <summary>From the last checkpoint. One that cannot be read costs its steps and not the training: from the first step on, the same bytes come out.</summary>
    /// <param name="open">Gets the checkpoint's folder; null to begin.</param>
    private async Task<TThread> ResumeAsync<TThread>(Func<string?, Task<TThread>> open, CancellationToken ct)
    {
        if (run.Checkpoint is not { } checkpoint)
            return await open(null);
        try
        {
            return await open(await artifacts.FolderAsync(checkpoint.State, ct));
        }
        catch (Exception unreadable) when (unreadable is ArtifactMissingException or ArtifactCorruptException or InvalidDataException or ModelFormatException)
        {
            log.LogWarning("Training {Training} starts again at its first step, since its checkpoint at step {Step} cannot be read: {Reason}", run.Id, checkpoint.OptimizerStep, unreadable.Message);
            return await open(null);
        }
    }

    private static async Task<TThread> OpenAsync<TThread>(TThread thread, Func<TThread, Task> opened) where TThread : IAsyncDisposable
    {
        try
        {
            await opened(thread);
            return thread;
        }
        catch
        {
            await thread.DisposeAsync();
            throw;
        }
    }

    private async Task SaveAsync(TrainingThread thread, CancellationToken ct)
    {
        var (digest, step) = await thread.SaveStateAsync(artifacts, ct);
        await AppendAsync(new CheckpointSaved(run.Id, step, digest), ct);
    }

    private async Task<IEvent> CompletedAsync(TrainingThread thread, Progress progress, CancellationToken ct)
    {
        var (model, step, tokens) = await thread.SaveModelAsync(artifacts, ct);
        return await CompletedAsync(model, step, tokens, progress.Last, _balance, ct);
    }

    private async Task<TrainingCompleted> CompletedAsync(Digest model, int step, long tokens, IReadOnlyDictionary<string, double> metrics, BalanceSheet? balance, CancellationToken ct, IReadOnlyList<GenerationId>? played = null) =>
        new TrainingCompleted(run.Id, run.Step, run.Work, model, step, tokens, metrics, Machine.Class(device), Machine.CodeVersion, balance, played)
            .Naming((await artifacts.ManifestAsync(model, ct)).Files.Select(file => new ModelFile(file.Name, file.Digest)));

    private async Task<IReadOnlyList<string>> LinesAsync(Digest data, CancellationToken ct)
    {
        using var reader = new StreamReader(await artifacts.OpenAsync(data, ct));
        var lines = new List<string>();
        while (await reader.ReadLineAsync(ct) is { } line)
            lines.Add(subjects.DecryptLine(line));
        return lines;
    }

    private Task AppendAsync(IEvent @event, CancellationToken ct) => lease.AppendAsync([new(Guid.CreateVersion7(), @event)], context, ct);
}
