using System.Collections.Concurrent;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Learning;
using TorchSharp;

namespace AgentOps.Trainer;

/// <summary>A training job on a thread of its own: OpenMP's workers belong to the thread that calls, so all of a training's steps must come from one.</summary>
public sealed class TrainingThread : IAsyncDisposable
{
    private readonly BlockingCollection<Action> _calls = [];
    private readonly Thread _thread;
    private readonly Task<TrainingJob> _job;
    private IEnumerator<StepReport>? _steps;

    /// <param name="model">The folder of the model to start from; null for a scratch base.</param>
    /// <param name="state">The folder of the last checkpoint; null to start at the first step.</param>
    public TrainingThread(StepWork work, string? model, IReadOnlyList<string> lines, string? state, string device)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "training" };
        _thread.Start();
        _job = CallAsync(() =>
        {
            torch.set_num_threads(Environment.ProcessorCount);
            return work switch
            {
                ScratchWork scratch => TrainingJob.Open(scratch, state, torch.device(device)),
                TrainWork train => TrainingJob.Open(train, model!, lines, state, torch.device(device)),
                _ => throw new ArgumentException($"A trainer cannot do work of the kind {work.GetType().Name}."),
            };
        });
    }

    /// <returns>What became of the data set's samples.</returns>
    public async Task<BalanceSheet?> OpenedAsync(CancellationToken ct) => (await _job.WaitAsync(ct)).Balance;

    /// <returns>The next step's report; null at the end.</returns>
    public async Task<StepReport?> NextAsync(CancellationToken ct)
    {
        var job = await _job;
        return await CallAsync(() =>
        {
            ct.ThrowIfCancellationRequested();
            _steps ??= job.Run(CancellationToken.None).GetEnumerator();
            return _steps.MoveNext() ? _steps.Current : null;
        });
    }

    /// <returns>The checkpoint's digest and its optimiser step.</returns>
    public async Task<(Digest State, int Step)> SaveStateAsync(ArtifactStore artifacts, CancellationToken ct)
    {
        var job = await _job;
        var digest = await artifacts.PutFolderAsync(folder => CallAsync(() => { job.SaveState(folder); return 0; }), ct);
        return (digest, job.Step);
    }

    /// <returns>The model's digest, and how far the training came.</returns>
    public async Task<(Digest Model, int Step, long Tokens)> SaveModelAsync(ArtifactStore artifacts, CancellationToken ct)
    {
        var job = await _job;
        var digest = await artifacts.PutFolderAsync(folder => CallAsync(() => { job.SaveModel(folder); return 0; }), ct);
        return (digest, job.Step, job.Tokens);
    }

    public async ValueTask DisposeAsync()
    {
        if (_job.IsCompletedSuccessfully)
            await CallAsync(() => { _steps?.Dispose(); _job.Result.Dispose(); return 0; });
        _calls.CompleteAdding();
        await Task.Run(_thread.Join);
        _calls.Dispose();
    }

    private Task<T> CallAsync<T>(Func<T> call)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls.Add(() =>
        {
            try
            {
                done.SetResult(call());
            }
            catch (Exception failed)
            {
                done.SetException(failed);
            }
        });
        return done.Task;
    }

    private void Run()
    {
        foreach (var call in _calls.GetConsumingEnumerable())
            call();
    }
}
