using System.Globalization;

namespace AgentOps.AppModel.Processes;

/// <summary>Who listens on a port, according to /proc.</summary>
internal static class ListeningSockets
{
    private const string Listening = "0A";

    /// <summary>True when a process of the session listens on the port, so that an answer from it is the session's and nobody else's.</summary>
    public static bool OwnedBySession(int session, int port)
    {
        var sockets = SocketsOn(port);
        return sockets.Count > 0 && ProcessTable.SessionMembers(session).Any(pid => Holds(pid, sockets));
    }

    /// <summary>The process that listens on the port as "process 17 (nginx)", or "another program" where we may not see it.</summary>
    public static string Describe(int port)
    {
        var sockets = SocketsOn(port);
        var pid = ProcessTable.Pids().FirstOrDefault(p => Holds(p, sockets));
        return pid == 0 ? "another program" : $"process {pid} ({File.ReadAllText($"/proc/{pid}/comm").Trim()})";
    }

    private static HashSet<string> SocketsOn(int port)
    {
        var suffix = ":" + port.ToString("X4", CultureInfo.InvariantCulture);
        return [.. ((string[])["/proc/net/tcp", "/proc/net/tcp6"])
            .Where(File.Exists)
            .SelectMany(file => File.ReadLines(file).Skip(1))
            .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(f => f[3] == Listening && f[1].EndsWith(suffix, StringComparison.Ordinal))
            .Select(f => $"socket:[{f[9]}]")];
    }

    private static bool Holds(int pid, HashSet<string> sockets)
    {
        try
        {
            return new DirectoryInfo($"/proc/{pid}/fd").EnumerateFiles().Any(fd => fd.LinkTarget is { } target && sockets.Contains(target));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;   // it has ended, or it is not ours to look at
        }
    }
}
