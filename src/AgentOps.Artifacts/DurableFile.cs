using System.Runtime.InteropServices;
using System.Text;

namespace AgentOps.Artifacts;

/// <summary>Writing so that after a crash a file is either absent or whole: temporary file, fsync, rename, fsync of the folder.</summary>
public static partial class DurableFile
{
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode Published = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    private const int OutOfSpace = 28;
    private const int QuotaExceeded = 122;
    private const int WindowsHandleDiskFull = unchecked((int)0x80070027);
    private const int WindowsDiskFull = unchecked((int)0x80070070);
    private const int OpenFolder = 0;

    /// <summary>Writes a small file; one that is there already stays as it is, also where another process was first to write it.</summary>
    public static void WriteOnce(string file, string text, UnixFileMode mode)
    {
        try
        {
            if (!File.Exists(file))
                Write(file, text, mode, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            // Another process was first.
        }
    }

    /// <summary>Writes a small file, which takes the place of one that is there already.</summary>
    public static void Replace(string file, string text, UnixFileMode mode) => Write(file, text, mode, overwrite: true);

    /// <summary>Puts a synced file in the place of another one of its folder.</summary>
    public static void Rename(string file, string target)
    {
        File.Move(file, target, overwrite: true);
        SyncFolder(FolderOf(target));
    }

    /// <summary>Overwrites a file with zeros and removes it. What a copying file system or a backup keeps of it is out of reach.</summary>
    public static void Shred(string file)
    {
        try
        {
            using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
            stream.Write(new byte[stream.Length]);
            stream.Flush(flushToDisk: true);
        }
        catch (FileNotFoundException)
        {
            // It is gone already; that it is must be on the disk as well.
        }
        File.Delete(file);
        SyncFolder(FolderOf(file));
    }

    internal static FileStream Create(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.CreateNew,
        Access = FileAccess.Write,
        Share = FileShare.Read,
        BufferSize = 0,
        Options = FileOptions.Asynchronous,
    });

    /// <summary>Moves a synced file into place over whatever stands there and makes the move itself durable up to <paramref name="root"/>.</summary>
    internal static void Publish(string temporary, string target, string root)
    {
        var folder = Path.GetDirectoryName(target)!;
        Directory.CreateDirectory(folder);
        File.Move(temporary, target, overwrite: true);
        // Another process may have made the folders a moment ago and not synced them yet.
        for (var at = folder; at.Length >= root.Length; at = Path.GetDirectoryName(at)!)
            SyncFolder(at);
    }

    internal static bool IsOutOfSpace(IOException error) =>
        error.HResult is OutOfSpace or QuotaExceeded or WindowsDiskFull or WindowsHandleDiskFull;

    internal static void SyncFolder(string folder)
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

    private static void Write(string file, string text, UnixFileMode mode, bool overwrite)
    {
        var aside = $"{file}.{Guid.NewGuid():N}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = mode;
            using (var stream = new FileStream(aside, options))
            {
                stream.Write(Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }
            if (overwrite)
                File.Move(aside, file, overwrite: true);
            else
                MoveToNothing(aside, file);
            SyncFolder(FolderOf(file));
        }
        finally
        {
            File.Delete(aside);
        }
    }

    // File.Move looks whether the place is free and then takes it, and between the two another process may have taken it; a link does both at once.
    private static void MoveToNothing(string aside, string file)
    {
        if (OperatingSystem.IsWindows())
            File.Move(aside, file, overwrite: false);
        else if (Link(aside, file) != 0)
            throw new IOException($"Cannot write {file}: {Marshal.GetLastPInvokeErrorMessage()}.", Marshal.GetLastPInvokeError());
    }

    private static string FolderOf(string file) => Path.GetDirectoryName(Path.GetFullPath(file))!;

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Link(string existing, string added);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Sync(int descriptor);

    [LibraryImport("libc", EntryPoint = "close")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
