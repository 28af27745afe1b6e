using AgentOps.Contracts;

namespace AgentOps.Artifacts;

/// <summary>Files and folders by the digest of their content, in a folder that any number of processes may share. What is read is verified; what is written is durable when the call returns. Putting the same content again changes nothing.</summary>
public sealed partial class ArtifactStore
{
    private const int CopyBytes = 1 << 20;
    private static readonly TimeSpan AbandonedAfter = TimeSpan.FromDays(1);

    private readonly string _root;
    private readonly string _temporary;
    private readonly MaterialisedFolders _materialised;

    /// <param name="root">The store's folder; made when absent. Temporary files of processes that died more than a day ago are removed.</param>
    /// <exception cref="ArtifactStoreFullException">There is not even room for the store's own folders.</exception>
    public ArtifactStore(string root)
    {
        _root = Path.TrimEndingDirectorySeparator(Path.GetFullPath(root));
        _temporary = Path.Combine(_root, "temporary");
        _materialised = new(Path.Combine(_root, "materialised"), NewTemporary, OpenAsync);
        Guarded(() =>
        {
            Directory.CreateDirectory(_temporary);
            RemoveAbandoned();
            return 0;
        });
    }

    /// <exception cref="ArtifactStoreFullException">The disk is full; nothing is left behind.</exception>
    public async Task<Digest> PutAsync(ReadOnlyMemory<byte> content, CancellationToken ct = default)
    {
        var digest = Digest.Of(content.Span);
        await WriteAsync(PathOf(digest), content, ct);
        return digest;
    }

    /// <summary>Stores everything from the stream's present place to its end.</summary>
    /// <exception cref="ArtifactStoreFullException">The disk is full; nothing is left behind.</exception>
    public async Task<Digest> PutAsync(Stream content, CancellationToken ct = default) => (await StoreAsync(content, ct)).Digest;

    /// <exception cref="ArtifactMissingException">There is no such artifact.</exception>
    /// <exception cref="ArtifactCorruptException">The stored bytes are not those of the digest.</exception>
    public async Task<byte[]> ReadAsync(Digest digest, CancellationToken ct = default)
    {
        await using var file = Open(digest);
        if (file.Length > Array.MaxLength)
            throw new ArtifactRefusedException($"Artifact {digest} has {file.Length} bytes, too many for one array: open it as a stream.");
        var content = new byte[file.Length];
        await file.ReadExactlyAsync(content, ct);
        return Digest.Of(content) == digest ? content : throw Corrupt(digest, Digest.Of(content));
    }

    /// <summary>The artifact as a seekable stream. All of it is verified before the call returns.</summary>
    /// <exception cref="ArtifactMissingException">There is no such artifact.</exception>
    /// <exception cref="ArtifactCorruptException">The stored bytes are not those of the digest.</exception>
    public async Task<Stream> OpenAsync(Digest digest, CancellationToken ct = default)
    {
        var file = Open(digest);
        try
        {
            var found = await Digest.OfAsync(file, ct);
            if (found != digest)
                throw Corrupt(digest, found);
            file.Position = 0;
            return file;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    /// <summary>Whether a file or a folder of this digest is stored. Says nothing about its being intact.</summary>
    public Task<bool> ExistsAsync(Digest digest, CancellationToken ct = default)
    {
        ct.ThrowIfCancellationRequested();
        return Task.FromResult(File.Exists(PathOf(digest)) || File.Exists(ManifestPathOf(digest)));
    }

    /// <summary>Where the file of this digest stands, or would stand.</summary>
    public string PathOf(Digest digest) => Path.Combine(_root, "sha256", digest.Hex[..2], digest.Hex[2..]);

    private string NewTemporary() => Path.Combine(_temporary, Guid.NewGuid().ToString("n"));

    private FileStream Open(Digest digest) => Open(digest, PathOf(digest));

    private static FileStream Open(Digest digest, string path)
    {
        try
        {
            return new(path, FileMode.Open, FileAccess.Read, FileShare.Read | FileShare.Delete, CopyBytes, FileOptions.Asynchronous | FileOptions.SequentialScan);
        }
        catch (Exception error) when (error is FileNotFoundException or DirectoryNotFoundException)
        {
            throw new ArtifactMissingException(digest, path);
        }
    }

    private ArtifactCorruptException Corrupt(Digest digest, Digest found) =>
        new(digest, PathOf(digest), $"its content has the digest {found}");

    private Task<(Digest Digest, long Size)> StoreAsync(Stream content, CancellationToken ct) => PublishAsync(async temporary =>
    {
        var stored = await HashedCopy.ToFileAsync(content, temporary, ct);
        return (PathOf(stored.Digest), stored);
    });

    private Task WriteAsync(string target, ReadOnlyMemory<byte> content, CancellationToken ct) => PublishAsync(async temporary =>
    {
        await using var file = DurableFile.Create(temporary);
        await file.WriteAsync(content, ct);
        file.Flush(flushToDisk: true);
        return (target, 0);
    });

    /// <summary>Lets a temporary file be written and moves it to the target that comes back.</summary>
    private Task<T> PublishAsync<T>(Func<string, Task<(string Target, T Result)>> write) => GuardedAsync(async () =>
    {
        var temporary = NewTemporary();
        try
        {
            var (target, result) = await write(temporary);
            DurableFile.Publish(temporary, target, _root);
            return result;
        }
        finally
        {
            File.Delete(temporary);
        }
    });

    private void RemoveAbandoned()
    {
        var before = DateTime.UtcNow - AbandonedAfter;
        foreach (var entry in new DirectoryInfo(_temporary).EnumerateFileSystemInfos().Where(entry => entry.LastWriteTimeUtc < before))
            try
            {
                if (entry is DirectoryInfo folder)
                    folder.Delete(recursive: true);
                else
                    entry.Delete();
            }
            catch (DirectoryNotFoundException)
            {
                // Another process was faster.
            }
    }

    private T Guarded<T>(Func<T> work)
    {
        try
        {
            return work();
        }
        catch (IOException error) when (DurableFile.IsOutOfSpace(error))
        {
            throw new ArtifactStoreFullException(_root, error);
        }
    }

    private async Task<T> GuardedAsync<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (IOException error) when (DurableFile.IsOutOfSpace(error))
        {
            throw new ArtifactStoreFullException(_root, error);
        }
    }
}
