namespace AgentOps.AppModel.Processes;

/// <summary>Keeps a process's log from filling the disk.</summary>
internal static class LogFile
{
    private const long MostBytes = 64L * 1024 * 1024;

    /// <summary>
    /// Moves a log that has grown too large aside, over the one before. Its writer appends, so the content is copied and the file emptied;
    /// lines written in between are lost.
    /// </summary>
    public static void Bound(string file, long mostBytes = MostBytes)
    {
        if (File.Exists(file) && new FileInfo(file).Length > mostBytes)
        {
            File.Copy(file, file + ".old", overwrite: true);
            using var emptied = new FileStream(file, FileMode.Truncate, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        }
    }
}
