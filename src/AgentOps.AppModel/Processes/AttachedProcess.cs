using System.Diagnostics;

namespace AgentOps.AppModel.Processes;

/// <summary>A child that shares our terminal: it reads and writes there, and Ctrl-C reaches it as well as us.</summary>
internal static class AttachedProcess
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>Runs the child to its end and returns its exit code; when cancelled it is asked to end, then killed.</summary>
    public static async Task<int> RunAsync(ProcessSpec spec, CancellationToken cancellationToken)
    {
        var start = new ProcessStartInfo(spec.Program, spec.Arguments) { WorkingDirectory = spec.WorkingDirectory };
        Command.SetEnvironment(start, spec.Environment, spec.OnlyThisEnvironment);
        using var process = Process.Start(start)!;
        try
        {
            await process.WaitForExitAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            Signals.Send(process.Id, spec.StopSignal);
            using var patience = new CancellationTokenSource(Grace);
            await process.WaitForExitAsync(patience.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
                await process.WaitForExitAsync(CancellationToken.None);
            }

            throw;
        }

        return process.ExitCode;
    }
}
