using System.Text;

namespace AgentOps.AppModel.Processes;

/// <summary>The end of a log file.</summary>
internal static class LogTail
{
    private const int MostBytes = 64 * 1024;

    /// <summary>The last lines, at most the last 64 KiB.</summary>
    public static IReadOnlyList<string> Last(string file, int lines)
    {
        if (!File.Exists(file))
        {
            return [];
        }

        using var stream = new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        stream.Seek(-Math.Min(MostBytes, stream.Length), SeekOrigin.End);
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return [.. reader.ReadToEnd().TrimEnd('\n').Split('\n').TakeLast(lines)];
    }
}
