using System.Runtime.InteropServices;

namespace AgentOps.AppModel.Processes;

/// <summary>The signals the runner sends, by Linux's numbers.</summary>
internal enum Signal
{
    /// <summary>PostgreSQL's fast shutdown: open transactions are rolled back, everything is written.</summary>
    Interrupt = 2,
    Kill = 9,
    Terminate = 15,
}

/// <summary>Sends signals to processes.</summary>
internal static class Signals
{
    /// <summary>Sends a signal; a process that has ended already is not an error.</summary>
    public static void Send(int pid, Signal signal) => _ = kill(pid, (int)signal);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
