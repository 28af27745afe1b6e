using System.Buffers.Binary;
using System.Runtime.InteropServices;

namespace AgentOps.Artifacts;

public enum FileKind { Regular, Folder, SymbolicLink, Other }

/// <summary>What stands at a path, without following links and without opening it: opening a named pipe would wait for ever.</summary>
public static partial class FileKinds
{
    private const int CurrentFolder = -100;
    private const int NoFollow = 0x100;
    private const uint TypeOnly = 1;
    private const int StatxSize = 256;
    private const int ModeOffset = 28;

    /// <exception cref="IOException">There is nothing at the path, or it cannot be looked at.</exception>
    public static FileKind Of(string path)
    {
        if (!OperatingSystem.IsLinux())
            return OfAttributes(File.GetAttributes(path));
        Span<byte> entry = stackalloc byte[StatxSize];
        if (Statx(CurrentFolder, path, NoFollow, TypeOnly, ref MemoryMarshal.GetReference(entry)) != 0)
            throw new IOException($"Cannot look at {path}: {Marshal.GetLastPInvokeErrorMessage()}.");
        var mode = BitConverter.IsLittleEndian
            ? BinaryPrimitives.ReadUInt16LittleEndian(entry[ModeOffset..])
            : BinaryPrimitives.ReadUInt16BigEndian(entry[ModeOffset..]);
        return (mode & 0xF000) switch
        {
            0x8000 => FileKind.Regular,
            0x4000 => FileKind.Folder,
            0xA000 => FileKind.SymbolicLink,
            _ => FileKind.Other,
        };
    }

    private static FileKind OfAttributes(FileAttributes attributes) => attributes switch
    {
        _ when attributes.HasFlag(FileAttributes.ReparsePoint) => FileKind.SymbolicLink,
        _ when attributes.HasFlag(FileAttributes.Directory) => FileKind.Folder,
        _ when attributes.HasFlag(FileAttributes.Device) => FileKind.Other,
        _ => FileKind.Regular,
    };

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Statx(int folder, string path, int flags, uint mask, ref byte entry);
}
