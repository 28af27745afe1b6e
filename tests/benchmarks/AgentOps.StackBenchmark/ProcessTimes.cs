using System.Globalization;

namespace AgentOps.StackBenchmark;

/// <summary>A process's CPU time as /proc/PID/stat has it (proc(5)), user and kernel together.</summary>
/// <param name="Own">Of its threads, the ended ones included.</param>
/// <param name="Ended">Of its children that have ended, and of theirs.</param>
internal sealed record ProcessTimes(int Pid, int Parent, string Title, TimeSpan Own, TimeSpan Ended)
{
    // USER_HZ, which Linux has at 100 wherever .NET runs.
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(10);

    /// <summary>All processes of the machine, by id.</summary>
    public static IReadOnlyDictionary<int, ProcessTimes> All() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) ? Read(pid) : null)
        .OfType<ProcessTimes>()
        .ToDictionary(process => process.Pid);

    private static ProcessTimes? Read(int pid)
    {
        try
        {
            // The second field is the program's name in parentheses and may hold spaces; the third (state) follows the last parenthesis.
            var stat = File.ReadAllText($"/proc/{pid}/stat");
            var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return new(pid, int.Parse(fields[1]), TitleOf(pid, stat), Ticks(fields[11], fields[12]), Ticks(fields[13], fields[14]));
        }
        catch (IOException)
        {
            // It ended between the listing and the look.
            return null;
        }
    }

    private static TimeSpan Ticks(string user, string kernel) => (long.Parse(user) + long.Parse(kernel)) * Tick;

    // PostgreSQL's processes say in their command line what they do; of others the program's name is enough.
    private static string TitleOf(int pid, string stat)
    {
        var command = File.ReadAllText($"/proc/{pid}/cmdline").TrimEnd('\0').Replace('\0', ' ');
        return command.StartsWith("postgres: ", StringComparison.Ordinal) ? command.TrimEnd() : stat[(stat.IndexOf('(') + 1)..stat.LastIndexOf(')')];
    }
}
