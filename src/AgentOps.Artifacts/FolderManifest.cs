using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Artifacts;

/// <summary>One file of a folder: its path inside the folder with forward slashes, its digest, its length in bytes.</summary>
public sealed record FolderEntry(string Name, Digest Digest, long Size);

/// <summary>The files of a folder, ordered by the UTF-8 bytes of their names.</summary>
public sealed class FolderManifest
{
    public const int MostFiles = 100_000;
    /// <summary>In bytes of UTF-8: a name is part of what views are indexed by.</summary>
    public const int LongestName = 2048;
    internal const int MostBytes = 64 << 20;
    private const int LongestSegment = 255;

    private FolderManifest(IReadOnlyList<FolderEntry> files) => Files = files;

    public IReadOnlyList<FolderEntry> Files { get; }

    /// <summary>The subject digest of OpenSSF Model Signing v1.0 (serialisation by files): the SHA-256 over the files' raw digests in the order of their names.</summary>
    public Digest Digest
    {
        get
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (var file in Files)
                hash.AppendData(file.Digest.Bytes);
            return Digest.FromHash(hash.GetHashAndReset());
        }
    }

    /// <exception cref="FormatException">A name that leaves the folder, stands twice or no system can hold; a negative size; no file or too many.</exception>
    public static FolderManifest Of(IEnumerable<FolderEntry> files)
    {
        FolderEntry[] sorted = [.. files.Order(Comparer<FolderEntry>.Create((a, b) => CompareNames(a.Name, b.Name)))];
        if (sorted.Length is 0 or > MostFiles)
            throw new FormatException($"a folder holds 1 to {MostFiles} files, not {sorted.Length}");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var file in sorted)
        {
            CheckName(file.Name);
            if (file.Size < 0)
                throw new FormatException($"the size of '{file.Name}' is negative");
            if (!names.Add(file.Name))
                throw new FormatException($"the name '{file.Name}' stands twice");
        }
        foreach (var file in sorted)
            for (var slash = file.Name.LastIndexOf('/'); slash > 0; slash = file.Name.LastIndexOf('/', slash - 1))
                if (names.Contains(file.Name[..slash]))
                    throw new FormatException($"'{file.Name[..slash]}' is both a file and a folder");
        return new(sorted);
    }

    /// <exception cref="FormatException">The bytes are not a manifest, or <see cref="Of"/> refuses what they say.</exception>
    public static FolderManifest Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            var files = JsonSerializer.Deserialize<IReadOnlyList<FolderEntry?>>(json, EventRegistry.Json);
            return files is null || files.Contains(null) ? throw new FormatException("the manifest holds null") : Of(files!);
        }
        catch (JsonException error)
        {
            throw new FormatException($"the manifest is not a list of name, digest and size ({error.Message})", error);
        }
    }

    public byte[] ToJson() => JsonSerializer.SerializeToUtf8Bytes(Files, EventRegistry.Json);

    /// <summary>Order by code points, which is the order of the UTF-8 bytes and the one Model Signing's own tool uses.</summary>
    private static int CompareNames(string a, string b) =>
        Encoding.UTF8.GetBytes(a).AsSpan().SequenceCompareTo(Encoding.UTF8.GetBytes(b));

    private static void CheckName(string name)
    {
        if (Encoding.UTF8.GetByteCount(name) is var bytes and (0 or > LongestName))
            throw new FormatException($"a file name has 1 to {LongestName} bytes, not {bytes}");
        foreach (var c in name)
            if (char.IsControl(c) || c is '\\' or ':' or '\ufffd')
                throw new FormatException($"the file name '{Printable(name)}' holds a character that not every system can store");
        foreach (var segment in name.Split('/'))
            if (segment is "" or "." or ".." || Encoding.UTF8.GetByteCount(segment) > LongestSegment)
                throw new FormatException($"the file name '{Printable(name)}' does not stay inside its folder or has a part longer than {LongestSegment} bytes");
    }

    private static string Printable(string name) => string.Concat(name.Select(c => char.IsControl(c) ? '?' : c));
}
