using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace AgentOps.Proofs;

/// <summary>Reads a bundle's archive within limits, and writes nothing anywhere.</summary>
internal sealed class EvidenceArchive : IDisposable
{
    // The files of the largest model folder, those of the bundle itself, and the contents of 10,000 data sets.
    private const int MostEntries = 120_006;
    private const int HashDigits = 64;
    private const int SmallBytes = 1 << 16;
    private const int LineCharacters = 1 << 20;

    // A million events of a lineage, 100,000 trajectories judged ten ways, of 8 KiB each.
    private const long EventsCharacters = 1_000_000L << 13;

    // Events are text that compresses tenfold, weights hardly at all: what expands further is no bundle.
    private const long MostExpansion = 200;
    private readonly ZipArchive _zip;
    private readonly long _mostBytes;
    private long _read;

    /// <exception cref="EvidenceRefusedException">It is no archive, or holds what a bundle does not.</exception>
    public EvidenceArchive(Stream bundle)
    {
        _mostBytes = (bundle.Length + SmallBytes) * MostExpansion;
        try
        {
            _zip = new(bundle, ZipArchiveMode.Read, leaveOpen: true);
            Check(_zip.Entries);
        }
        catch (InvalidDataException cause)
        {
            throw new EvidenceRefusedException("This is not a ZIP archive, or a damaged one.", cause);
        }
    }

    public bool Has(string name) => _zip.GetEntry(name) is not null;

    public string Text(string name)
    {
        using var content = Open(name);
        using var text = new MemoryStream();
        Copy(content, chunk => text.Write(chunk), SmallBytes, name);
        return Encoding.UTF8.GetString(text.ToArray());
    }

    public IEnumerable<string> Lines(string name)
    {
        using var content = new StreamReader(Open(name), Encoding.UTF8);
        for (var characters = 0L; Line(content, name) is { } line; characters += line.Length)
            yield return characters <= EventsCharacters ? line : throw new EvidenceRefusedException($"{name} has more than {EventsCharacters} characters.");
    }

    public static IEnumerable<EvidenceEvent> EventsOf(IEnumerable<string> lines) =>
        lines.Select(line => JsonSerializer.Deserialize<EvidenceEvent>(line, EvidenceBundle.Json) ?? throw new FormatException("An event is null."));

    /// <summary>Every model file and the SHA-256 of its content, in the order of the names' UTF-8 bytes.</summary>
    public IEnumerable<(string Name, byte[] Hash)> ModelFiles() => FilesIn(EvidenceBundle.ModelFolder);

    /// <summary>Every content of a data set and its SHA-256.</summary>
    public IEnumerable<(string Name, byte[] Hash)> DatasetFiles() => FilesIn(EvidenceBundle.DatasetFolder);

    public void Dispose() => _zip.Dispose();

    private IEnumerable<(string Name, byte[] Hash)> FilesIn(string folder) => _zip.Entries
        .Where(entry => entry.FullName.StartsWith(folder, StringComparison.Ordinal))
        .OrderBy(entry => Convert.ToHexString(Encoding.UTF8.GetBytes(entry.FullName)), StringComparer.Ordinal)
        .Select(entry => (entry.FullName[folder.Length..], Hash(entry.FullName)));

    private static void Check(IReadOnlyCollection<ZipArchiveEntry> entries)
    {
        if (entries.Count > MostEntries)
            throw new EvidenceRefusedException($"The archive holds {entries.Count} files; a bundle has {MostEntries} at most.");
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (var name in entries.Select(entry => entry.FullName))
            if (!names.Add(name))
                throw new EvidenceRefusedException($"The archive holds '{name}' twice.");
            else if (!IsOfABundle(name))
                throw new EvidenceRefusedException($"The archive holds '{name}', which is not a file of a bundle.");
    }

    private static bool IsOfABundle(string name) =>
        name is EvidenceBundle.SubjectFile or EvidenceBundle.CheckpointFile or EvidenceBundle.KeyFile or EvidenceBundle.RotationsFile or EvidenceBundle.EventsFile or EvidenceBundle.DecisionsFile
        || (name.StartsWith(EvidenceBundle.ModelFolder, StringComparison.Ordinal) && !name.Contains('\\', StringComparison.Ordinal) && name.Split('/').All(part => part is not ("" or "." or "..")))
        || (name.StartsWith(EvidenceBundle.DatasetFolder, StringComparison.Ordinal) && name.Length == EvidenceBundle.DatasetFolder.Length + HashDigits && name[EvidenceBundle.DatasetFolder.Length..].All(char.IsAsciiHexDigitLower));

    private byte[] Hash(string name)
    {
        using var content = Open(name);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Copy(content, chunk => hash.AppendData(chunk), long.MaxValue, name);
        return hash.GetHashAndReset();
    }

    private Stream Open(string name) => (_zip.GetEntry(name) ?? throw new EvidenceRefusedException($"The bundle has no {name}.")).Open();

    private string? Line(StreamReader content, string name)
    {
        var line = new StringBuilder();
        for (int read; (read = content.Read()) >= 0; line.Append((char)read))
        {
            if (read == '\n')
                return line.ToString();
            if (line.Length == LineCharacters)
                throw new EvidenceRefusedException($"A line of {name} has more than {LineCharacters} characters.");
            Count(1, name);
        }
        return line.Length > 0 ? throw new EvidenceRefusedException($"{name} ends in the middle of a line.") : null;
    }

    private delegate void Take(ReadOnlySpan<byte> chunk);

    private void Copy(Stream content, Take take, long most, string name)
    {
        var chunk = new byte[SmallBytes];
        for (int read; (read = content.Read(chunk)) > 0; most -= read)
        {
            Count(read, name);
            if (read > most)
                throw new EvidenceRefusedException($"{name} is larger than it can be.");
            take(chunk.AsSpan(0, read));
        }
    }

    private void Count(int bytes, string name)
    {
        if ((_read += bytes) > _mostBytes)
            throw new EvidenceRefusedException($"At {name} the archive has unfolded to more than {MostExpansion} times its size: this is not a bundle.");
    }
}
