using System.Text;
using AgentOps.Contracts;

namespace AgentOps.Artifacts.Tests;

public sealed class When_a_file_is_stored : IDisposable
{
    // SHA-256 of "abc": FIPS 180-2, appendix B.1.
    private static readonly Digest Abc = Digest.Parse("sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");

    private readonly TemporaryFolder _folder = new();
    private readonly ArtifactStore _store;

    public When_a_file_is_stored() => _store = new(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task It_is_named_by_the_digest_of_its_content()
    {
        Assert.Equal(Abc, await _store.PutAsync("abc"u8.ToArray()));
        Assert.Equal(Path.Combine(_folder.Path, "sha256", "ba", "7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"), _store.PathOf(Abc));
        Assert.Equal("abc", File.ReadAllText(_store.PathOf(Abc)));
    }

    [Fact]
    public async Task A_stream_and_an_array_of_the_same_bytes_are_one_artifact()
    {
        Assert.Equal(Abc, await _store.PutAsync(new MemoryStream("abc"u8.ToArray())));
        Assert.Equal(Abc, await _store.PutAsync("abc"u8.ToArray()));
        Assert.Single(_folder.Below("sha256"), File.Exists);
    }

    [Fact]
    public async Task It_reads_back_as_array_and_as_stream()
    {
        await _store.PutAsync("abc"u8.ToArray());

        Assert.Equal("abc", Encoding.UTF8.GetString(await _store.ReadAsync(Abc)));
        await using var stream = await _store.OpenAsync(Abc);
        Assert.Equal("abc", new StreamReader(stream).ReadToEnd());
    }

    [Fact]
    public async Task More_than_one_chunk_reads_back_whole()
    {
        // Three chunks of 1 MiB and some bytes more.
        var content = new byte[(3 << 20) + 17];
        new Random(1).NextBytes(content);

        var digest = await _store.PutAsync(new MemoryStream(content));

        Assert.Equal(Digest.Of(content), digest);
        Assert.Equal(content, await _store.ReadAsync(digest));
    }

    [Fact]
    public async Task Nothing_is_a_valid_content()
    {
        var digest = await _store.PutAsync(ReadOnlyMemory<byte>.Empty);

        Assert.Empty(await _store.ReadAsync(digest));
    }

    [Fact]
    public async Task It_exists_afterwards_and_not_before()
    {
        Assert.False(await _store.ExistsAsync(Abc));
        await _store.PutAsync("abc"u8.ToArray());
        Assert.True(await _store.ExistsAsync(Abc));
    }

    [Fact]
    public async Task No_temporary_file_is_left()
    {
        await _store.PutAsync("abc"u8.ToArray());
        await Assert.ThrowsAsync<NotSupportedException>(() => _store.PutAsync(new FailingStream()));

        Assert.Empty(_folder.Below("temporary"));
    }

    [Fact]
    public async Task Many_stores_over_one_folder_may_write_the_same_content_at_once()
    {
        var contents = Enumerable.Range(0, 20).Select(i => Encoding.UTF8.GetBytes(new string((char)('a' + i), 50_000))).ToArray();

        await Parallel.ForAsync(0, 200, async (i, ct) =>
        {
            var store = new ArtifactStore(_folder.Path);
            var digest = await store.PutAsync(new MemoryStream(contents[i % contents.Length]), ct);
            Assert.Equal(contents[i % contents.Length], await store.ReadAsync(digest, ct));
        });

        Assert.Equal(contents.Length, _folder.Below("sha256").Count(File.Exists));
        Assert.Empty(_folder.Below("temporary"));
    }

    [Fact]
    public void What_dead_processes_left_behind_is_removed_after_a_day()
    {
        var old = _folder.File("temporary/old", "half");
        var oldFolder = Path.GetDirectoryName(_folder.File("temporary/folder/file", "half"))!;
        var recent = _folder.File("temporary/recent", "half");
        File.SetLastWriteTimeUtc(old, DateTime.UtcNow.AddHours(-25));
        Directory.SetLastWriteTimeUtc(oldFolder, DateTime.UtcNow.AddHours(-25));

        _ = new ArtifactStore(_folder.Path);

        Assert.Equal([recent], _folder.Below("temporary"));
    }

    private sealed class FailingStream : MemoryStream
    {
        public FailingStream() : base(new byte[10]) { }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            throw new NotSupportedException("This stream cannot be read.");
    }
}
