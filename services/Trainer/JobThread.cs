using System.Collections.Concurrent;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using TorchSharp;

namespace AgentOps.Trainer;

/// <summary>A job on a thread of its own: OpenMP's workers belong to the thread that calls, so all of a training's steps must come from one.</summary>
public sealed class JobThread<TJob> : IAsyncDisposable where TJob : IDisposable
{
    private readonly BlockingCollection<Action> _calls = [];
    private readonly Thread _thread;
    private readonly Task<TJob> _job;

    public JobThread(Func<TJob> open)
    {
        _thread = new Thread(Run) { IsBackground = true, Name = "training" };
        _thread.Start();
        _job = EnqueueAsync(() =>
        {
            torch.set_num_threads(Environment.ProcessorCount);
            return open();
        });
    }

    /// <summary>Calls the job, once it is open, on its thread.</summary>
    public async Task<T> CallAsync<T>(Func<TJob, T> call, CancellationToken ct = default)
    {
        var job = await _job.WaitAsync(ct);
        return await EnqueueAsync(() => call(job));
    }

    /// <summary>Lets the job write a folder and stores it.</summary>
    public Task<Digest> StoreAsync(ArtifactStore artifacts, Action<TJob, string> write, CancellationToken ct) => artifacts.PutFolderAsync(folder => CallAsync(job =>
    {
        write(job, folder);
        return 0;
    }, ct), ct);

    public async ValueTask DisposeAsync()
    {
        // It comes after the opening, which may still be under way.
        await EnqueueAsync(() =>
        {
            if (_job.IsCompletedSuccessfully)
                _job.Result.Dispose();
            return 0;
        });
        _calls.CompleteAdding();
        await Task.Run(_thread.Join);
        _calls.Dispose();
    }

    private Task<T> EnqueueAsync<T>(Func<T> call)
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
