using System.Globalization;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using AgentOps.Proofs;

namespace AgentOps.Ledger;

/// <summary>
/// Checkpoints outside the database, one file for each, named by its size, and the log's public key beside them.
/// Copy the folder, or mount it, where the database's administrator cannot write.
/// </summary>
public sealed partial class CheckpointFolder(string path)
{
    public string PublicKeyFile => Path.Combine(path, "key.pub");

    /// <summary>The log's signing key, made at the first call; the log is named by it.</summary>
    /// <param name="keyFile">PEM, mode 600.</param>
    /// <exception cref="InvalidOperationException">The folder belongs to another key.</exception>
    public NoteSigner Signer(string keyFile)
    {
        Directory.CreateDirectory(path);
        if (!File.Exists(keyFile))
        {
            using var made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            WriteOnce(keyFile, made.ExportPkcs8PrivateKeyPem(), UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        var key = ECDsa.Create();
        key.ImportFromPem(File.ReadAllText(keyFile));
        var signer = new NoteSigner($"agentops.ledger/{Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 8))}", key);
        WriteOnce(PublicKeyFile, signer.PublicKey + "\n", UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        return PublicKey()!.ToString() == signer.PublicKey.ToString()
            ? signer
            : throw new InvalidOperationException($"{keyFile} is not the key of {PublicKeyFile}, under which this ledger was signed so far: bring the key back, or move folder and key away together, which begins a new log.");
    }

    /// <summary>The public key, or null where nothing was ever signed.</summary>
    /// <exception cref="FormatException">The file is not a public key, or there are checkpoints without one.</exception>
    public NoteKey? PublicKey() =>
        File.Exists(PublicKeyFile) ? NoteKey.Parse(File.ReadAllText(PublicKeyFile))
        : Files().Any() ? throw new FormatException($"{path} holds checkpoints but no key.pub: bring it back, or name a public key that you trust.")
        : null;

    /// <summary>Every checkpoint, the smallest first.</summary>
    /// <exception cref="FormatException">One is not signed by the key, or is not of the size that it is named by.</exception>
    public IReadOnlyList<Checkpoint> All(NoteKey key) => [.. Files().Select(file => Open(file, key).Checkpoint)];

    /// <summary>The largest checkpoint and its note, or null where there is none.</summary>
    /// <exception cref="FormatException">It is not signed by the key, or is not of the size that it is named by.</exception>
    public (Checkpoint Checkpoint, string Note)? Last(NoteKey key) => Files().LastOrDefault() is { } file ? Open(file, key) : null;

    /// <summary>Keeps a signed checkpoint for good: whole or not at all, and never another of the same size.</summary>
    public void Keep(long size, SignedNote note) =>
        WriteOnce(Path.Combine(path, NameOf(size)), note.ToString(), UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead);

    private static string NameOf(long size) => size.ToString("D16", CultureInfo.InvariantCulture) + ".note";

    private IEnumerable<string> Files() => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*.note").Where(file => Name().IsMatch(Path.GetFileName(file))).Order(StringComparer.Ordinal)
        : [];

    private static (Checkpoint Checkpoint, string Note) Open(string file, NoteKey key)
    {
        try
        {
            var note = File.ReadAllText(file);
            var checkpoint = Checkpoint.Open(note, key);
            return NameOf(checkpoint.Size) == Path.GetFileName(file)
                ? (checkpoint, note)
                : throw new FormatException($"It is of {checkpoint.Size} events, which is not what its name says.");
        }
        catch (FormatException cause)
        {
            throw new FormatException($"{file} is not a checkpoint of this ledger: {cause.Message}", cause);
        }
    }

    /// <summary>Synced aside and renamed; a file that another process was first to write stays.</summary>
    private static void WriteOnce(string file, string text, UnixFileMode mode)
    {
        if (File.Exists(file))
            return;
        var aside = $"{file}.{Guid.NewGuid():N}";
        try
        {
            var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
            if (!OperatingSystem.IsWindows())
                options.UnixCreateMode = mode;
            using (var stream = new FileStream(aside, options))
            {
                stream.Write(System.Text.Encoding.UTF8.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }
            File.Move(aside, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            // Another process was first.
        }
        finally
        {
            File.Delete(aside);
        }
    }

    [GeneratedRegex(@"\A[0-9]{16}\.note\z", RegexOptions.CultureInvariant)]
    private static partial Regex Name();
}
