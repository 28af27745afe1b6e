using System.Text;
using AgentOps.Contracts;

namespace AgentOps.Artifacts.Tests;

public sealed class When_something_is_deleted : IDisposable
{
    private static readonly DateTimeOffset Later = DateTimeOffset.UtcNow.AddMinutes(1);

    // A file's time is that of the kernel's last tick.
    private static readonly TimeSpan ClockTick = TimeSpan.FromMilliseconds(20);
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _source = new();
    private readonly ArtifactStore _store;

    public When_something_is_deleted()
    {
        _store = new(_folder.Path);
        _source.File("weights.bin", "weights");
        _source.File("tokenizer.json", "{}");
    }

    [Fact]
    public async Task A_file_and_a_folder_with_all_its_files_are_gone()
    {
        var (file, folder) = (await _store.PutAsync("data"u8.ToArray()), await _store.PutFolderAsync(_source.Path));
        await _store.FolderAsync(folder);

        Assert.Equal(2, await _store.DeleteAsync([file, folder], Later, NobodyNeeds));

        Assert.DoesNotContain(_folder.Below("sha256"), File.Exists);
        Assert.DoesNotContain(_folder.Below("folders"), File.Exists);
        Assert.Empty(_folder.Below("materialised"));
        Assert.Empty(_folder.Below("temporary"));
    }

    [Fact]
    public async Task A_file_that_another_folder_has_stays()
    {
        var folder = await _store.PutFolderAsync(_source.Path);
        _source.File("weights.bin", "other weights");
        var other = await _store.PutFolderAsync(_source.Path);

        Assert.Equal(1, await _store.DeleteAsync([folder], Later, NobodyNeeds));

        Assert.Equal(2, Directory.GetFiles(await _store.FolderAsync(other)).Length);
        await Assert.ThrowsAsync<ArtifactMissingException>(() => _store.ReadAsync(Digest.Of("weights"u8)));
    }

    [Fact]
    public async Task A_file_of_a_folder_that_somebody_needs_by_itself_stays()
    {
        var folder = await _store.PutFolderAsync(_source.Path);

        await _store.DeleteAsync([folder], Later, _ => Task.FromResult<IReadOnlySet<Digest>>(new HashSet<Digest> { Digest.Of("weights"u8) }));

        Assert.Equal("weights", Encoding.UTF8.GetString(await _store.ReadAsync(Digest.Of("weights"u8))));
    }

    [Fact]
    public async Task What_was_stored_again_meanwhile_stays()
    {
        var (file, folder) = (await _store.PutAsync("data"u8.ToArray()), await _store.PutFolderAsync(_source.Path));
        Age();
        var since = DateTimeOffset.UtcNow - ClockTick;
        await _store.PutAsync("data"u8.ToArray());
        await _store.PutFolderAsync(_source.Path);

        Assert.Equal(0, await _store.DeleteAsync([file, folder], since, NobodyNeeds));

        Assert.Equal("data", Encoding.UTF8.GetString(await _store.ReadAsync(file)));
        Assert.Equal(2, Directory.GetFiles(await _store.FolderAsync(folder)).Length);
    }

    [Fact]
    public async Task Deleted_while_others_store_it_nothing_that_was_stored_is_lost()
    {
        var content = "data"u8.ToArray();
        for (var round = 0; round < 200; round++)
        {
            Age();
            var since = DateTimeOffset.UtcNow - ClockTick;
            var storing = Task.Run(() => _store.PutAsync(content));
            await _store.DeleteAsync([Digest.Of(content)], since, NobodyNeeds);
            Assert.Equal(content, await _store.ReadAsync(await storing));
        }
    }

    [Fact]
    public async Task What_is_not_there_is_counted_as_gone_and_a_second_time_changes_nothing()
    {
        var folder = await _store.PutFolderAsync(_source.Path);

        Assert.Equal(1, await _store.DeleteAsync([folder], Later, NobodyNeeds));
        Assert.Equal(2, await _store.DeleteAsync([folder, Digest.Of("never stored"u8)], Later, NobodyNeeds));
    }

    public void Dispose()
    {
        _folder.Dispose();
        _source.Dispose();
    }

    private void Age()
    {
        foreach (var file in _folder.Below("").Where(File.Exists))
            File.SetLastWriteTimeUtc(file, DateTime.UtcNow.AddHours(-2));
    }

    private static Task<IReadOnlySet<Digest>> NobodyNeeds(IReadOnlyCollection<Digest> files) => Task.FromResult<IReadOnlySet<Digest>>(new HashSet<Digest>());
}
