using System.Runtime.InteropServices;

namespace AgentOps.Artifacts;

/// <summary>Writing so that after a crash a file is either absent or whole: temporary file, fsync, rename, fsync of the folder.</summary>
internal static partial class DurableFile
{
    private const int OutOfSpace = 28;
    private const int QuotaExceeded = 122;
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int OpenFolder = 0;

    public static FileStream Create(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        Share = FileShare.Read,
        BufferSize = 0,
        Options = FileOptions.Asynchronous,
    });

    /// <summary>Moves a synced file into place over whatever stands there and makes the move itself durable up to <paramref name="root"/>.</summary>
    public static void Publish(string temporary, string target, string root)
    {
        var folder = Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(folder);
        File.Move(temporary, target, overwrite: true);
        // Another process may have made the folders a moment ago and not synced them yet.
        for (var at = folder; at.Length >= root.Length; at = Path.GetDirectoryName(at)!)
            SyncFolder(at);
    }

    public static bool IsOutOfSpace(IOException error) =>
        error.HResult is OutOfSpace or QuotaExceeded or WindowsDiskFull or WindowsHandleDiskFull;

    public static void SyncFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = Open(folder, OpenFolder);
        if (descriptor < 0)
            throw new IOException($"Cannot open the folder {folder} to sync it: {Marshal.GetLastPInvokeErrorMessage()}.", Marshal.GetLastPInvokeError());
        var failed = Sync(descriptor) != 0;
        var error = Marshal.GetLastPInvokeError();
        _ = Close(descriptor);
        if (failed)
            throw new IOException($"Cannot sync the folder {folder}: {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
