namespace AgentOps.AppModel.State;

/// <summary>A file held by one process at a time; the kernel lets go of it however its holder ends.</summary>
internal static class FileLock
{
    private const int WouldBlock = 11;   // Linux's EWOULDBLOCK, which .NET hands on as the exception's HResult

    /// <summary>The held file, or null when another process holds it.</summary>
    public static FileStream? TryTake(string path)
    {
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException e) when (e.HResult == WouldBlock)
        {
            return null;
        }
    }
}
