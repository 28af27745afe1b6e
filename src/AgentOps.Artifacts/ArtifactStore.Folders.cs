using AgentOps.Contracts;

namespace AgentOps.Artifacts;

public sealed partial class ArtifactStore
{
    /// <summary>Stores every file of a folder singly, and their manifest under the folder's digest, which is its OpenSSF Model Signing subject digest.</summary>
    /// <exception cref="ArtifactRefusedException">The folder is absent or empty, holds a symbolic link, a device or a name that cannot be stored; or the same files are stored under other names, which this digest cannot tell apart.</exception>
    /// <exception cref="ArtifactStoreFullException">The disk is full; the folder is not stored.</exception>
    public async Task<Digest> PutFolderAsync(string folder, CancellationToken ct = default)
    {
        var files = new List<FolderEntry>();
        foreach (var (name, path) in FolderFiles.Of(folder))
        {
            await using var content = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, CopyBytes, FileOptions.Asynchronous | FileOptions.SequentialScan);
            var (digest, size) = await StoreAsync(content, ct);
            files.Add(new(name, digest, size));
        }
        var manifest = Manifest(folder, files);
        var json = manifest.ToJson();
        await RefuseOtherNamesAsync(folder, manifest.Digest, json, ct);
        await WriteAsync(ManifestPathOf(manifest.Digest), json, ct);
        return manifest.Digest;
    }

    /// <summary>Lets a folder be written on the store's own disk and stores it. What a process that dies meanwhile leaves is removed as other temporary files are.</summary>
    /// <param name="write">Gets the path of an empty folder.</param>
    /// <exception cref="ArtifactRefusedException">As for a folder that stands elsewhere.</exception>
    /// <exception cref="ArtifactStoreFullException">The disk is full; nothing is left behind.</exception>
    public Task<Digest> PutFolderAsync(Func<string, Task> write, CancellationToken ct = default) => GuardedAsync(async () =>
    {
        var folder = Directory.CreateDirectory(NewTemporary()).FullName;
        try
        {
            await write(folder);
            return await PutFolderAsync(folder, ct);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    });

    /// <summary>Looks whether a folder could be stored, without opening any of its files.</summary>
    /// <exception cref="ArtifactRefusedException">The folder is absent, or holds a symbolic link or a device.</exception>
    public static void CheckFolder(string folder) => FolderFiles.Of(folder);

    /// <exception cref="ArtifactMissingException">There is no such folder.</exception>
    /// <exception cref="ArtifactCorruptException">The stored manifest is malformed or does not give this digest.</exception>
    public async Task<FolderManifest> ManifestAsync(Digest folder, CancellationToken ct = default)
    {
        var path = ManifestPathOf(folder);
        await using var file = Open(folder, path);
        if (file.Length > FolderManifest.MostBytes)
            throw new ArtifactCorruptException(folder, path, $"the manifest has {file.Length} bytes, more than {FolderManifest.MostBytes}");
        var json = new byte[file.Length];
        await file.ReadExactlyAsync(json, ct);
        try
        {
            var manifest = FolderManifest.Parse(json);
            return manifest.Digest == folder
                ? manifest
                : throw new ArtifactCorruptException(folder, path, $"its files give {manifest.Digest}");
        }
        catch (FormatException error)
        {
            throw new ArtifactCorruptException(folder, path, error.Message);
        }
    }

    /// <summary>A path at which the folder's files stand, verified when they were put there and checked for changes at every call. Read only: what stands there is shared.</summary>
    /// <exception cref="ArtifactMissingException">The folder or one of its files is not in the store.</exception>
    /// <exception cref="ArtifactCorruptException">The manifest or one of the files is corrupt.</exception>
    /// <exception cref="ArtifactStoreFullException">The disk is full; nothing is left behind.</exception>
    public async Task<string> FolderAsync(Digest folder, CancellationToken ct = default)
    {
        var manifest = await ManifestAsync(folder, ct);
        return await GuardedAsync(() => _materialised.PathOfAsync(folder, manifest, ct));
    }

    /// <summary>Looks whether all of a folder is stored as it was, byte for byte. What was laid out of it may still be right where this is not.</summary>
    /// <exception cref="ArtifactMissingException">The folder or one of its files is not in the store.</exception>
    /// <exception cref="ArtifactCorruptException">The manifest or one of the files is corrupt.</exception>
    public async Task VerifyFolderAsync(Digest folder, CancellationToken ct = default)
    {
        foreach (var file in (await ManifestAsync(folder, ct)).Files)
            await (await OpenAsync(folder, file, ct)).DisposeAsync();
    }

    private async Task<Stream> OpenAsync(Digest folder, FolderEntry file, CancellationToken ct)
    {
        var content = await OpenAsync(file.Digest, ct);
        var size = content.Length;
        if (size == file.Size)
            return content;
        await content.DisposeAsync();
        throw new ArtifactCorruptException(folder, file.Name, $"its manifest says {file.Size} bytes where the file has {size}");
    }

    private string ManifestPathOf(Digest folder) => Path.Combine(_root, "folders", folder.Hex[..2], folder.Hex[2..] + ".json");

    private static FolderManifest Manifest(string folder, List<FolderEntry> files)
    {
        try
        {
            return FolderManifest.Of(files);
        }
        catch (FormatException error)
        {
            throw new ArtifactRefusedException($"The folder {folder} cannot be stored: {error.Message}.");
        }
    }

    /// <summary>The subject digest covers contents and order, not names: two folders may share it, and the first one stored keeps it.</summary>
    private async Task RefuseOtherNamesAsync(string folder, Digest digest, byte[] json, CancellationToken ct)
    {
        var path = ManifestPathOf(digest);
        if (!File.Exists(path))
            return;
        var stored = await File.ReadAllBytesAsync(path, ct);
        if (stored.AsSpan().SequenceEqual(json))
            return;
        if (await IsIntactAsync(digest, ct))
            throw new ArtifactRefusedException($"The folder {folder} has the digest {digest}, under which the same contents are stored with other file names: a Model Signing digest cannot tell them apart. Use the same names, or add a file that says what the folder is.");
    }

    private async Task<bool> IsIntactAsync(Digest folder, CancellationToken ct)
    {
        try
        {
            await ManifestAsync(folder, ct);
            return true;
        }
        catch (ArtifactCorruptException)
        {
            return false;
        }
    }
}
