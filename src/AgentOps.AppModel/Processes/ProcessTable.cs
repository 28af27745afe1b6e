using System.Globalization;

namespace AgentOps.AppModel.Processes;

/// <summary>What Linux says about processes in /proc.</summary>
internal static class ProcessTable
{
    /// <summary>The kernel's start time of a living process in clock ticks since boot, or null when there is none; with the pid it names a process for ever.</summary>
    public static long? StartTicks(int pid) => Read(pid) is { Dead: false } entry ? entry.StartTicks : null;

    /// <summary>The living processes of a session.</summary>
    public static IReadOnlyList<int> SessionMembers(int session) => [.. All().Where(e => e.Session == session && !e.Dead).Select(e => e.Pid)];

    /// <summary>The identity of this boot; pids and start times mean nothing across boots.</summary>
    public static string BootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The ids of all processes.</summary>
    public static IEnumerable<int> Pids() => Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
        .Where(pid => pid > 0);

    private static IEnumerable<Entry> All() => Pids().Select(Read).OfType<Entry>();

    private static Entry? Read(int pid)
    {
        string stat;
        try
        {
            stat = File.ReadAllText($"/proc/{pid}/stat");
        }
        catch (IOException)
        {
            return null;   // it ended between listing and reading
        }
        catch (UnauthorizedAccessException)
        {
            return null;
        }

        // The second field is the program's name in parentheses and may hold spaces; the third (state) follows the last parenthesis.
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return new Entry(
            pid,
            Dead: fields[0] is "Z" or "X",
            Session: int.Parse(fields[3], CultureInfo.InvariantCulture),
            StartTicks: long.Parse(fields[19], CultureInfo.InvariantCulture));
    }

    private sealed record Entry(int Pid, bool Dead, int Session, long StartTicks);
}
