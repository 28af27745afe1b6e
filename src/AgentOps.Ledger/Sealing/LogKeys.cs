using System.Security.Cryptography;
using AgentOps.Artifacts;
using AgentOps.Proofs;

namespace AgentOps.Ledger;

/// <summary>The private keys of the log on this machine: the one in use and, while it is being replaced, the next one beside it.</summary>
public sealed class LogKeys
{
    private readonly CheckpointFolder _folder;
    private readonly string _file;

    /// <summary>Opens what is there; makes the log's first key where nothing was ever signed.</summary>
    /// <param name="file">PEM, mode 600.</param>
    /// <exception cref="InvalidOperationException">The folder belongs to another key.</exception>
    public LogKeys(CheckpointFolder folder, string file)
    {
        (_folder, _file) = (folder, file);
        if (!File.Exists(file) && folder.PublicKey() is not null)
            throw new InvalidOperationException($"{file} is not there, the key of {folder.PublicKeyFile} under which this ledger was signed so far: {Remedy}");
        var key = PrivateKeyFile.Open(file);
        First = folder.PublicKey() ?? new NoteKey(NameOf(key), key.ExportSubjectPublicKeyInfo());
        Current = new(First.Name, key);
        folder.KeepPublicKey(1, First);
        if (folder.PublicKeys().All(known => known.ToString() != Current.PublicKey.ToString()))
            throw new InvalidOperationException($"{file} is not the key of {folder.PublicKeyFile}, under which this ledger was signed so far, nor one that came after it: {Remedy}");
        Next = File.Exists(NextFile) ? new(First.Name, PrivateKeyFile.Open(NextFile)) : null;
    }

    /// <summary>Which the log is named by, and whoever verifies it begins with.</summary>
    public NoteKey First { get; }

    /// <summary>The key in use.</summary>
    public NoteSigner Current { get; private set; }

    /// <summary>The key that is to replace it, or null.</summary>
    public NoteSigner? Next { get; private set; }

    private string NextFile => _file + ".next";

    private const string Remedy = "bring the key back, or move folder and key away together, which begins a new log.";

    /// <summary>The next key; one that was made and never used is taken again.</summary>
    public NoteSigner MakeNext() => Next ??= new(First.Name, PrivateKeyFile.Open(NextFile));

    /// <summary>Who signs while this key is in force; both, until the old key is gone.</summary>
    /// <exception cref="CheckpointRefusedException">Its private half is not here.</exception>
    public IReadOnlyList<NoteSigner> SignersOf(NoteKey inForce) =>
        inForce.ToString() == Current.PublicKey.ToString() ? [Current]
        : inForce.ToString() == Next?.PublicKey.ToString() ? [Current, Next]
        : throw new CheckpointRefusedException($"The ledger says that the log is signed with the key {Convert.ToHexStringLower(inForce.Id)}, and {_file} is another: bring that key back. Nothing is signed.");

    /// <summary>Puts the next key in the place of the old one, which is gone after that. One rename: whoever stops before it does it again.</summary>
    /// <param name="number">Of the next key, the first being 1.</param>
    public void Replace(int number)
    {
        if (Next is null)
            return;
        _folder.KeepPublicKey(number, Next.PublicKey);
        DurableFile.Rename(NextFile, _file);
        (Current, Next) = (Next, null);
    }

    private static string NameOf(ECDsa key) => $"agentops.ledger/{Convert.ToHexStringLower(SHA256.HashData(key.ExportSubjectPublicKeyInfo()).AsSpan(0, 8))}";
}
