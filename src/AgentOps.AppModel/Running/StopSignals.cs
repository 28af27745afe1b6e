using System.Runtime.InteropServices;

namespace AgentOps.AppModel.Running;

/// <summary>Turns the first Ctrl-C, termination or hang-up into an orderly stop and the second into an immediate one.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly List<PosixSignalRegistration> registrations;
    private readonly Action atOnce;
    private int received;

    public StopSignals(Action atOnce)
    {
        this.atOnce = atOnce;
        registrations =
        [
            .. ((PosixSignal[])[PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP, PosixSignal.SIGQUIT])
                .Select(signal => PosixSignalRegistration.Create(signal, Receive)),
        ];
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => stop.Token;

    public void Dispose()
    {
        registrations.ForEach(r => r.Dispose());
        stop.Dispose();
    }

    private void Receive(PosixSignalContext context)
    {
        context.Cancel = true;
        if (Interlocked.Increment(ref received) == 1)
        {
            stop.Cancel();
        }
        else
        {
            atOnce();
        }
    }
}
