using AgentOps.Contracts;

namespace AgentOps.Artifacts;

/// <summary>Folders of the store laid out as files for programs that want paths. Built aside and renamed, so that a reader sees all of a folder or none.</summary>
internal sealed class MaterialisedFolders(string root, Func<string> newTemporary, Func<Digest, FolderEntry, CancellationToken, Task<Stream>> open)
{
    private const int MostAttempts = 10;

    /// <summary>Every file carries this time: most changes show without reading the file. The others do when its bytes are hashed, each time a path is handed out.</summary>
    private static readonly DateTime Stamp = new(2000, 1, 1, 0, 0, 0, DateTimeKind.Utc);

    public async Task<string> PathOfAsync(Digest folder, FolderManifest manifest, CancellationToken ct)
    {
        var target = Path.Combine(root, folder.Hex);
        for (var attempt = 1; !await HoldsAsync(target, manifest, ct); attempt++)
        {
            if (attempt > MostAttempts)
                throw new IOException($"{target} is changed by others as fast as it is restored: nothing may write to a materialised folder.");
            var aside = newTemporary();
            try
            {
                await BuildAsync(folder, aside, manifest, ct);
                Replace(target, manifest, aside);
            }
            finally
            {
                if (Directory.Exists(aside))
                    Directory.Delete(aside, recursive: true);
            }
        }
        return target;
    }

    /// <summary>The folder stands here no more; it is laid out again where somebody asks for it.</summary>
    public void Remove(Digest folder) => MoveAway(Path.Combine(root, folder.Hex));

    private async Task BuildAsync(Digest folder, string aside, FolderManifest manifest, CancellationToken ct)
    {
        foreach (var file in manifest.Files)
        {
            var path = Path.Combine(aside, file.Name);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using (var content = await open(folder, file, ct))
                await HashedCopy.ToFileAsync(content, path, ct);
            File.SetLastWriteTimeUtc(path, Stamp);
        }
    }

    /// <summary>Renames the new folder into place unless another process was faster; a changed one that stood there is moved away first.</summary>
    private void Replace(string target, FolderManifest manifest, string aside)
    {
        Directory.CreateDirectory(root);
        if (IsUnchanged(target, manifest))
            return;
        MoveAway(target);
        try
        {
            Directory.Move(aside, target);
        }
        catch (IOException) when (Directory.Exists(target))
        {
            // Another process put its own there: the caller looks again whether it is right.
        }
        DurableFile.SyncFolder(root);
    }

    private void MoveAway(string target)
    {
        var old = newTemporary();
        try
        {
            Directory.Move(target, old);
            Directory.Delete(old, recursive: true);
        }
        catch (DirectoryNotFoundException)
        {
            // Nothing stood there, or another process moved it away.
        }
    }

    private static bool IsUnchanged(string target, FolderManifest manifest)
    {
        try
        {
            return FolderFiles.Of(target).Count == manifest.Files.Count && manifest.Files.All(file => IsUnchanged(target, file));
        }
        catch (IOException)
        {
            // Absent, being replaced, or holding what a materialised folder never holds.
            return false;
        }
    }

    /// <summary>Whether the folder is there and every byte of it right. One that only looks right is moved away.</summary>
    private async Task<bool> HoldsAsync(string target, FolderManifest manifest, CancellationToken ct)
    {
        if (!IsUnchanged(target, manifest))
            return false;
        try
        {
            foreach (var file in manifest.Files)
                if (await HashAsync(Path.Combine(target, file.Name), ct) != file.Digest)
                {
                    MoveAway(target);
                    return false;
                }
            return true;
        }
        catch (IOException)
        {
            // It is being replaced.
            return false;
        }
    }

    private static async Task<Digest> HashAsync(string path, CancellationToken ct)
    {
        await using var content = File.OpenRead(path);
        return await Digest.OfAsync(content, ct);
    }

    private static bool IsUnchanged(string target, FolderEntry file)
    {
        var found = new FileInfo(Path.Combine(target, file.Name));
        return found.Exists && found.Length == file.Size && found.LastWriteTimeUtc == Stamp;
    }
}
