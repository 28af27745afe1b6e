using AgentOps.Contracts;

namespace AgentOps.Artifacts.Tests;

public sealed class When_the_disk_is_full : IDisposable
{
    private const int DiskBytes = 256 << 10;
    private readonly TemporaryFolder _disk = new();

    public When_the_disk_is_full() => SmallDisk.Mount(_disk.Path, DiskBytes);

    public void Dispose()
    {
        SmallDisk.Unmount(_disk.Path);
        _disk.Dispose();
    }

    [FactOnSmallDisk]
    public async Task The_artifact_is_refused_with_a_sentence_and_leaves_nothing_behind()
    {
        var store = new ArtifactStore(_disk.Path);
        var small = await store.PutAsync("small"u8.ToArray());

        var asArray = await Assert.ThrowsAsync<ArtifactStoreFullException>(() => store.PutAsync(new byte[DiskBytes + 1]));
        var asStream = await Assert.ThrowsAsync<ArtifactStoreFullException>(() => store.PutAsync(new MemoryStream(new byte[DiskBytes + 1])));

        Assert.All([asArray, asStream], error => Assert.Contains($"The artifact store at {_disk.Path} has no space left", error.Message));
        Assert.Empty(_disk.Below("temporary"));
        Assert.False(await store.ExistsAsync(Digest.Of(new byte[DiskBytes + 1])));
        Assert.Equal("small"u8.ToArray(), await store.ReadAsync(small));
    }

    [FactOnSmallDisk]
    public async Task A_folder_that_cannot_be_laid_out_leaves_nothing_behind()
    {
        using var source = new TemporaryFolder();
        source.File("weights.bin", new string('w', DiskBytes * 2 / 3));
        var store = new ArtifactStore(_disk.Path);
        var digest = await store.PutFolderAsync(source.Path);

        await Assert.ThrowsAsync<ArtifactStoreFullException>(() => store.FolderAsync(digest));

        Assert.Empty(_disk.Below("temporary"));
        Assert.Empty(_disk.Below("materialised"));
    }
}
