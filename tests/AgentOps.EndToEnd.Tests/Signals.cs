using System.Runtime.InteropServices;

namespace AgentOps.EndToEnd.Tests;

/// <summary>A process that stands still, by SIGSTOP, until it is let go on or killed.</summary>
public static class Signals
{
    private const int Continue = 18;
    private const int Stop = 19;

    /// <summary>Returns when every thread of the process stands still.</summary>
    public static async Task StopAsync(int pid)
    {
        Assert.Equal(0, kill(pid, Stop));
        await Patience.UntilAsync($"process {pid} to stand still", () => Task.FromResult(StandsStill(pid) ? "yes" : null));
    }

    public static void LetGo(int pid) => Assert.Equal(0, kill(pid, Continue));

    // The state follows the program's name, which stands in parentheses.
    private static bool StandsStill(int pid) => Directory.EnumerateDirectories($"/proc/{pid}/task")
        .Select(thread => File.ReadAllText(Path.Combine(thread, "stat"))).All(stat => stat[stat.LastIndexOf(')') + 2] == 'T');

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static extern int kill(int pid, int signal);
}
