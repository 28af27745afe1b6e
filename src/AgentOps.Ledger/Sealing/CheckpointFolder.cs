using System.Globalization;
using AgentOps.Artifacts;
using AgentOps.Proofs;

namespace AgentOps.Ledger;

/// <summary>
/// Checkpoints outside the database, one file for each, named by its size, and the log's public keys beside them: <c>key.pub</c>, the first, which
/// the log is named by, then <c>key-2.pub</c> and so on. Copy the folder, or mount it, where the database's administrator cannot write.
/// </summary>
public sealed class CheckpointFolder(string path)
{
    private const UnixFileMode Unchanging = UnixFileMode.UserRead | UnixFileMode.GroupRead | UnixFileMode.OtherRead;

    public string PublicKeyFile => Path.Combine(path, "key.pub");

    /// <summary>The log's first public key, or null where nothing was ever signed.</summary>
    /// <exception cref="FormatException">The file is not a public key, or there are checkpoints without one.</exception>
    public NoteKey? PublicKey() =>
        File.Exists(PublicKeyFile) ? NoteKey.Parse(File.ReadAllText(PublicKeyFile))
        : KeptCheckpoint.FilesIn(path).Any() ? throw new FormatException($"{path} holds checkpoints but no key.pub: bring it back, or name a public key that you trust.")
        : null;

    /// <summary>All that lie here; what makes a later one believed is the ledger's event.</summary>
    public IEnumerable<NoteKey> PublicKeys() => Directory.EnumerateFiles(path, "key*.pub").Select(file => NoteKey.Parse(File.ReadAllText(file)));

    /// <param name="number">1 for the log's first key.</param>
    public void KeepPublicKey(int number, NoteKey key)
    {
        Directory.CreateDirectory(path);
        DurableFile.WriteOnce(number == 1 ? PublicKeyFile : Path.Combine(path, $"key-{number}.pub"), key + "\n", DurableFile.Published);
    }

    /// <summary>Every checkpoint's note as it lies there, the smallest first.</summary>
    public IReadOnlyList<KeptCheckpoint> All() => KeptCheckpoint.AllIn(path);

    /// <summary>The note of the largest checkpoint, or null where there is none.</summary>
    public KeptCheckpoint? Last() => KeptCheckpoint.FilesIn(path).LastOrDefault() is { } file ? KeptCheckpoint.Read(file) : null;

    /// <summary>Keeps a signed checkpoint for good: whole or not at all, and never another of the same size.</summary>
    public KeptCheckpoint Keep(long size, SignedNote note)
    {
        var file = FileOf(size);
        DurableFile.WriteOnce(file, note.ToString(), Unchanging);
        return KeptCheckpoint.Read(file);
    }

    /// <summary>Keeps a checkpoint's note with a witness's cosignature beside it; from here on that is the checkpoint's note.</summary>
    public void KeepCosigned(long size, SignedNote note) => DurableFile.Replace(KeptCheckpoint.CosignedBeside(FileOf(size)), note.ToString(), Unchanging);

    /// <summary>The note of a size with its cosignatures; null where there are none.</summary>
    public string? Cosigned(long size) => KeptCheckpoint.CosignedBeside(FileOf(size)) is var file && File.Exists(file) ? File.ReadAllText(file) : null;

    private string FileOf(long size) => Path.Combine(path, size.ToString("D16", CultureInfo.InvariantCulture) + ".note");
}
