using AgentOps.AppModel.Processes;
using AgentOps.AppModel.State;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Running;

/// <summary>Keeps one process of a resource running: starts it, waits until it is ready, starts it again when it dies.</summary>
internal sealed class Supervisor(IProcessPlan plan, Leftovers leftovers, ResourceNotificationService notifications, StackOutput output, TimeSpan longestPause) : IDisposable
{
    private const int FirstStartAttempts = 3;
    private const int LastLines = 20;
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromMinutes(5);

    private readonly CancellationTokenSource stopping = new();
    private readonly TaskCompletionSource ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly BackOff backOff = new(TimeProvider.System, longestPause);
    private SessionProcess? current;
    private Task life = Task.CompletedTask;
    private int starts;

    public IResource Resource => plan.Resource;

    /// <summary>The running process's id, or null.</summary>
    public int? ProcessId => current is { Exited.IsCompleted: false } process ? process.Id : null;

    /// <summary>Starts the process; ends when it is ready (or, if it runs once, done), fails when it cannot be brought up.</summary>
    public Task StartAsync()
    {
        life = LiveAsync();
        return ready.Task;
    }

    /// <summary>Ends the process for good.</summary>
    public async Task StopAsync()
    {
        await stopping.CancelAsync();
        if (current is { } process)
        {
            await process.StopAsync();
        }

        await life;
    }

    /// <summary>To be called after <see cref="StopAsync"/>.</summary>
    public void Dispose() => stopping.Dispose();

    /// <summary>Kills the process as a crash would; it is started again like after any crash.</summary>
    public void Kill() => current?.Kill();

    private async Task LiveAsync()
    {
        try
        {
            while (await LiveOnceOrTryAgainAsync() is { } pause)
            {
                await Task.Delay(pause, stopping.Token);
            }
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            ready.TrySetCanceled();
        }
        catch (Exception e)
        {
            // Before the first readiness the starter hears of it; later the sentence is all that can be said.
            if (!ready.TrySetException(e))
            {
                output.Problem(plan.Name(), $"is given up: {e.Message}");
            }
        }
        finally
        {
            Publish(KnownResourceStates.Stopped, null);
        }
    }

    /// <summary>Once the process has been ready, whatever keeps it from a further life, such as a full disk, passes: it is tried again like after a crash.</summary>
    private async Task<TimeSpan?> LiveOnceOrTryAgainAsync()
    {
        try
        {
            return await LiveOnceAsync();
        }
        catch (Exception e) when (ready.Task.IsCompletedSuccessfully && !stopping.IsCancellationRequested)
        {
            if (current is { Exited.IsCompleted: false } process)
            {
                await process.StopAsync();
            }

            Publish(KnownResourceStates.Exited, null);
            var pause = backOff.Died();
            output.Problem(plan.Name(), $"cannot be started: {e.Message} It is tried again in {pause.TotalSeconds:0.#} s");
            return pause;
        }
    }

    /// <summary>One life of the process; returns the pause before the next, or null when there is none.</summary>
    private async Task<TimeSpan?> LiveOnceAsync()
    {
        var spec = await plan.PrepareAsync(stopping.Token);
        stopping.Token.ThrowIfCancellationRequested();
        backOff.Started();
        starts++;
        var process = SessionProcess.Start(spec);
        Interlocked.Exchange(ref current, process);
        leftovers.Add(process);
        if (stopping.IsCancellationRequested)
        {
            // StopAsync may have looked before the process was there.
            await process.StopAsync();
        }

        Publish(KnownResourceStates.Starting, null);
        if (!plan.RunsOnce && await BecomesReadyAsync(process))
        {
            Publish(KnownResourceStates.Running, null);
            output.Ready(plan, process);
            ready.TrySetResult();
        }

        var code = await process.Exited;
        leftovers.Remove(process);
        stopping.Token.ThrowIfCancellationRequested();
        if (plan.RunsOnce)
        {
            Finish(code, spec);
            return null;
        }

        return Died(code, spec);
    }

    private void Finish(int code, ProcessSpec spec)
    {
        Publish(KnownResourceStates.Finished, code);
        if (code == 0)
        {
            output.Finished(plan.Name());
            ready.TrySetResult();
            return;
        }

        output.Tail(plan.Name(), LogTail.Last(spec.LogFile, LastLines));
        ready.TrySetException(new DistributedApplicationException($"'{plan.Name()}' ended with exit code {code}; its output is in {spec.LogFile}."));
    }

    private TimeSpan? Died(int code, ProcessSpec spec)
    {
        Publish(KnownResourceStates.Exited, code);
        var pause = backOff.Died();
        if (!ready.Task.IsCompleted && plan.Ports.Any(port => !Loopback.IsFree(port)))
        {
            ready.TrySetException(new PortLostException(plan));
            return null;
        }

        output.Tail(plan.Name(), LogTail.Last(spec.LogFile, LastLines));
        if (!ready.Task.IsCompleted && starts >= FirstStartAttempts)
        {
            ready.TrySetException(new DistributedApplicationException(
                $"'{plan.Name()}' did not come up in {starts} attempts, the last one ended with exit code {code}; its output is in {spec.LogFile}."));
            return null;
        }

        output.Problem(plan.Name(), $"ended with exit code {code}; it starts again in {pause.TotalSeconds:0.#} s (log: {spec.LogFile})");
        return pause;
    }

    /// <summary>True when the process is ready; false when it died first. A process that is not ready in time is killed.</summary>
    private async Task<bool> BecomesReadyAsync(SessionProcess process)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        timeout.CancelAfter(ReadyTimeout);
        try
        {
            while (!process.Exited.IsCompleted)
            {
                if (await plan.IsReadyAsync(process, timeout.Token))
                {
                    return !process.Exited.IsCompleted;
                }

                await Task.WhenAny(process.Exited, Task.Delay(100, timeout.Token));
                timeout.Token.ThrowIfCancellationRequested();
            }
        }
        catch (OperationCanceledException) when (timeout.IsCancellationRequested)
        {
            if (!stopping.IsCancellationRequested)
            {
                output.Problem(plan.Name(), $"was not healthy after {ReadyTimeout.TotalMinutes:0} min and is ended");
                process.Kill();
            }
        }

        return false;
    }

    private void Publish(string state, int? exitCode) =>
        notifications.Publish(new ResourceEvent(plan.Resource, plan.Replica, state, ProcessId, exitCode, starts));
}

/// <summary>Another program took a port between its choice and its use.</summary>
internal sealed class PortLostException(IProcessPlan plan) : Exception($"A port of '{plan.Name()}' was taken by another program.")
{
    public IResource Resource { get; } = plan.Resource;
}
