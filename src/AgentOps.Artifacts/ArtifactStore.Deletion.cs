using AgentOps.Contracts;

namespace AgentOps.Artifacts;

public sealed partial class ArtifactStore
{
    /// <summary>
    /// Removes files and folders. Of a folder go the files that no other folder has. What was stored again since <paramref name="since"/> stays: whoever stored it may not have said so yet.
    /// A process that dies meanwhile leaves what the next call removes.
    /// </summary>
    /// <param name="neededAsync">Which of a folder's files somebody else names by themselves.</param>
    /// <returns>How many of them are not in the store afterwards.</returns>
    public async Task<int> DeleteAsync(IReadOnlyCollection<Digest> artifacts, DateTimeOffset since, Func<IReadOnlyCollection<Digest>, Task<IReadOnlySet<Digest>>> neededAsync, CancellationToken ct = default)
    {
        var folders = artifacts.Where(artifact => File.Exists(ManifestPathOf(artifact))).ToList();
        var content = new HashSet<Digest>();
        foreach (var folder in folders)
            content.UnionWith((await ManifestAsync(folder, ct)).Files.Select(file => file.Digest));
        content.ExceptWith(await FilesOfOthersAsync(folders, ct));
        content.ExceptWith(await neededAsync(content));
        // A folder's manifest goes last: as long as it stands, the next call finds its files.
        foreach (var file in content.Union(artifacts))
            Remove(PathOf(file), since);
        foreach (var folder in folders)
        {
            _materialised.Remove(folder);
            Remove(ManifestPathOf(folder), since);
        }
        return artifacts.Count(artifact => !File.Exists(PathOf(artifact)) && !File.Exists(ManifestPathOf(artifact)));
    }

    private async Task<HashSet<Digest>> FilesOfOthersAsync(List<Digest> folders, CancellationToken ct)
    {
        var files = new HashSet<Digest>();
        if (folders.Count == 0)
            return files;
        foreach (var path in Directory.EnumerateFiles(Path.Combine(_root, "folders"), "*.json", SearchOption.AllDirectories))
            if (Digest.Parse($"sha256:{Path.GetFileName(Path.GetDirectoryName(path))}{Path.GetFileNameWithoutExtension(path)}") is var folder && !folders.Contains(folder))
                files.UnionWith((await ManifestAsync(folder, ct)).Files.Select(file => file.Digest));
        return files;
    }

    /// <summary>Moves the file away and looks then whether somebody stored it again before that; after that he finds it absent and stores it anew.</summary>
    private void Remove(string path, DateTimeOffset since)
    {
        if (!File.Exists(path) || File.GetLastWriteTimeUtc(path) >= since)
            return;
        var aside = NewTemporary();
        try
        {
            File.Move(path, aside);
        }
        catch (FileNotFoundException)
        {
            return;
        }
        if (File.GetLastWriteTimeUtc(aside) >= since)
            File.Move(aside, path, overwrite: true);
        else
            File.Delete(aside);
        DurableFile.SyncFolder(Path.GetDirectoryName(path)!);
    }
}
