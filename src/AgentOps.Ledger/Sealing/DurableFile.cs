using System.Text;

namespace AgentOps.Ledger;

/// <summary>Small files that are whole or not there: written aside, synced and renamed.</summary>
public static class DurableFile
{
    public const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    public const UnixFileMode Published = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    /// <summary>Leaves a file that is there already as it is, also where another process was first to write it.</summary>
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

    /// <summary>Takes the place of a file that is there already.</summary>
    public static void Replace(string file, string text, UnixFileMode mode) => Write(file, text, mode, overwrite: true);

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
            File.Move(aside, file, overwrite);
        }
        finally
        {
            File.Delete(aside);
        }
    }
}
