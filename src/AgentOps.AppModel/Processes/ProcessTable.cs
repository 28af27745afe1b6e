using System.Globalization;
using System.Text;

namespace AgentOps.AppModel.Processes;

/// <summary>What Linux says about processes in /proc.</summary>
internal static class ProcessTable
{
    /// <summary>The kernel's start time of a living process in clock ticks since boot, or null when there is none; with the pid it names a process for ever.</summary>
    public static long? StartTicks(int pid) => Read(pid) is { Dead: false } entry ? entry.StartTicks : null;

    /// <summary>The living processes of a session, and those of any session that have the mark in their environment.</summary>
    public static IReadOnlyList<int> Members(int? session, string mark) =>
        [.. All().Where(e => !e.Dead && (e.Session == session || HasInEnvironment(e.Pid, mark))).Select(e => e.Pid)];

    /// <summary>The living processes of a session.</summary>
    public static IReadOnlyList<int> SessionMembers(int session) => [.. All().Where(e => e.Session == session && !e.Dead).Select(e => e.Pid)];

    /// <summary>The identity of this boot; pids and start times mean nothing across boots.</summary>
    public static string BootId() => File.ReadAllText("/proc/sys/kernel/random/boot_id").Trim();

    /// <summary>The ids of all processes.</summary>
    public static IEnumerable<int> Pids() => Directory.EnumerateDirectories("/proc")
        .Select(path => int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? pid : 0)
        .Where(pid => pid > 0);

    private static IEnumerable<Entry> All() => Pids().Select(Read).OfType<Entry>();

    private static bool HasInEnvironment(int pid, string text) =>
        TryRead(pid, "environ") is { } environment && Encoding.UTF8.GetString(environment).Contains(text, StringComparison.Ordinal);

    // Null for a process that has ended between listing and reading, or that is not ours to look at.
    private static byte[]? TryRead(int pid, string file)
    {
        try
        {
            return File.ReadAllBytes($"/proc/{pid}/{file}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static Entry? Read(int pid)
    {
        if (TryRead(pid, "stat") is not { } bytes)
        {
            return null;
        }

        var stat = Encoding.UTF8.GetString(bytes);

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
