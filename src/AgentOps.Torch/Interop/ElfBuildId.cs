using System.Buffers.Binary;

namespace AgentOps.Torch.Interop;

/// <summary>The linker's build id of a 64-bit ELF file: two builds of one version differ in it.</summary>
internal static class ElfBuildId
{
    private const uint NoteSegment = 4;
    private const uint BuildIdNote = 3;
    private const int MaximumNotes = 64 * 1024;

    /// <returns>The id in hexadecimal, or "none" for a file without one.</returns>
    internal static string Of(string path)
    {
        using var file = File.OpenRead(path);
        var header = Read(file, 0, 64);
        if (header is not [0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, ..])
        {
            return "none";
        }

        var offset = BinaryPrimitives.ReadInt64LittleEndian(header.AsSpan(32));
        var size = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(54));
        var count = BinaryPrimitives.ReadUInt16LittleEndian(header.AsSpan(56));
        for (var i = 0; i < count; i++)
        {
            var segment = Read(file, offset + (long)i * size, 56);
            if (BinaryPrimitives.ReadUInt32LittleEndian(segment) == NoteSegment && InNotes(file, segment) is { } id)
            {
                return id;
            }
        }

        return "none";
    }

    private static string? InNotes(FileStream file, byte[] segment)
    {
        var offset = BinaryPrimitives.ReadInt64LittleEndian(segment.AsSpan(8));
        var length = BinaryPrimitives.ReadInt64LittleEndian(segment.AsSpan(32));
        var notes = Read(file, offset, (int)Math.Min(length, MaximumNotes)).AsSpan();
        while (notes.Length >= 12)
        {
            var name = Padded(BinaryPrimitives.ReadUInt32LittleEndian(notes));
            var size = BinaryPrimitives.ReadUInt32LittleEndian(notes[4..]);
            var end = 12 + name + Padded(size);
            if (end > notes.Length)
            {
                return null;
            }

            if (BinaryPrimitives.ReadUInt32LittleEndian(notes[8..]) == BuildIdNote && notes.Slice(12, 4).SequenceEqual("GNU\0"u8))
            {
                return Convert.ToHexStringLower(notes.Slice(12 + (int)name, (int)size));
            }

            notes = notes[(int)end..];
        }

        return null;
    }

    private static long Padded(uint size) => (size + 3L) & ~3L;

    private static byte[] Read(FileStream file, long offset, int length)
    {
        var bytes = new byte[length];
        file.Position = offset;
        file.ReadExactly(bytes);
        return bytes;
    }
}
