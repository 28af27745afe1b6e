using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Learning;
using AgentOps.Torch;
using TorchSharp;

namespace AgentOps.Trainer;

/// <summary>A training on a data set, or of a scratch base, step by step.</summary>
public sealed class TrainingThread : IAsyncDisposable
{
    private readonly JobThread<TrainingJob> _thread;
    private TrainingProcesses? _processes;
    private IEnumerator<StepReport>? _steps;

    /// <param name="model">The folder of the model to start from; null for a scratch base.</param>
    /// <param name="state">The folder of the last checkpoint; null to start at the first step.</param>
    public TrainingThread(StepWork work, string? model, IReadOnlyList<string> lines, string? state, string device) => _thread = new(() => work switch
    {
        ScratchWork scratch => TrainingJob.Open(scratch, state, torch.device(device)),
        TrainWork { Options.Processes: > 1 } train when device == "cpu" => OpenWithOthers(train, model!, lines, state),
        TrainWork train => TrainingJob.Open(train, model!, lines, state, torch.device(device)),
        _ => throw new ArgumentException($"A trainer cannot do work of the kind {work.GetType().Name}."),
    });

    /// <returns>What became of the data set's samples.</returns>
    public Task<BalanceSheet?> OpenedAsync(CancellationToken ct) => _thread.CallAsync(job => job.Balance, ct);

    /// <returns>The last report's metrics as the checkpoint has them.</returns>
    public Task<IReadOnlyDictionary<string, double>> MetricsAsync(CancellationToken ct) => _thread.CallAsync(job => job.Metrics, ct);

    /// <param name="ct">Of the whole training, the same at every call: the job looks at it too, within what it does before its first step.</param>
    /// <returns>The next step's report; null at the end.</returns>
    public Task<StepReport?> NextAsync(CancellationToken ct) => _thread.CallAsync(job =>
    {
        ct.ThrowIfCancellationRequested();
        _steps ??= job.Run(ct).GetEnumerator();
        try
        {
            return _steps.MoveNext() ? _steps.Current : null;
        }
        catch (TorchException failed) when (_processes?.Ended() is { } said)
        {
            throw new TrainingProcessEndedException(said, failed);
        }
    }, ct);

    /// <returns>The checkpoint's digest and its optimiser step.</returns>
    public async Task<(Digest State, int Step)> SaveStateAsync(ArtifactStore artifacts, CancellationToken ct)
    {
        var digest = await _thread.StoreAsync(artifacts, (job, folder) => job.SaveState(folder), ct);
        return (digest, await _thread.CallAsync(job => job.Step, ct));
    }

    /// <returns>The model's digest, and how far the training came.</returns>
    public async Task<(Digest Model, int Step, long Tokens)> SaveModelAsync(ArtifactStore artifacts, CancellationToken ct)
    {
        var digest = await _thread.StoreAsync(artifacts, (job, folder) => job.SaveModel(folder), ct);
        var (step, tokens) = await _thread.CallAsync(job => (job.Step, job.Tokens), ct);
        return (digest, step, tokens);
    }

    public async ValueTask DisposeAsync()
    {
        // The thread may stand in a step that waits for the others.
        _processes?.Kill();
        if (_steps is { } steps)
            await _thread.CallAsync(_ => { steps.Dispose(); return 0; });
        await _thread.DisposeAsync();
        _processes?.Dispose();
    }

    /// <summary>The machine's threads are shared by the processes.</summary>
    private TrainingJob OpenWithOthers(TrainWork train, string model, IReadOnlyList<string> lines, string? state)
    {
        var threads = Math.Max(1, Environment.ProcessorCount / train.Options.Processes!.Value);
        torch.set_num_threads(threads);
        _processes = TrainingProcesses.Start(train, model, lines, state, threads);
        return TrainingJob.Open(train, model, lines, state, torch.CPU, _processes.Group);
    }
}
