using System.Diagnostics;
using System.Security.Cryptography;
using AgentOps.Contracts;

namespace AgentOps.Artifacts.Tests;

public sealed class When_a_folder_is_stored : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly TemporaryFolder _source = new();
    private readonly ArtifactStore _store;

    public When_a_folder_is_stored()
    {
        _store = new(_folder.Path);
        _source.File("weights.bin", "weights");
        _source.File("config.json", "{}");
        _source.File("adapters/one.bin", "one");
    }

    public void Dispose()
    {
        _folder.Dispose();
        _source.Dispose();
    }

    [Theory]
    // The resources and the subject digest inside key.bundle.json and sigstore.bundle.json, the valid test vectors of OpenSSF Model Signing v1.0.
    [InlineData("bc9a717db6064a32cbe9eae6fc40651dd6d36ef1757183f590eff2b1765d7ebc", "92745110b1ab4368471cbe31664e10174e954b113a3df333db860317b2c6dec4")]
    [InlineData("f6310066c7320497ea554260c32c43660bff648cb2a61194832cc086077085e1", "61d4849d9d90076d6215f4d525f13d6574af8e3f67aef3e6f36fc40a14fdd226")]
    public void Its_digest_is_the_subject_digest_of_model_signing(string first, string subject)
    {
        var second = Digest.Parse("sha256:32dcb1f8e1ae52d5963e56a6ba06ab58b424c15ed2a6b70d2feca1d089370028");

        var manifest = FolderManifest.Of([new("signme-2", second, 1), new("signme-1", Digest.Parse("sha256:" + first), 1)]);

        Assert.Equal("sha256:" + subject, manifest.Digest.ToString());
    }

    [Fact]
    public async Task The_digest_covers_its_files_in_the_order_of_their_names()
    {
        var digest = await _store.PutFolderAsync(_source.Path);

        // adapters/one.bin < config.json < weights.bin
        byte[] digests = [.. SHA256.HashData("one"u8), .. SHA256.HashData("{}"u8), .. SHA256.HashData("weights"u8)];
        Assert.Equal(Digest.Of(digests), digest);
        Assert.Equal(["adapters/one.bin", "config.json", "weights.bin"], (await _store.ManifestAsync(digest)).Files.Select(f => f.Name));
        Assert.Equal([3L, 2L, 7L], (await _store.ManifestAsync(digest)).Files.Select(f => f.Size));
    }

    [Fact]
    public async Task A_folder_may_be_written_in_the_store_and_only_the_stored_one_is_left()
    {
        string? beside = null;
        var digest = await _store.PutFolderAsync(async folder =>
        {
            beside = folder;
            Assert.Equal([folder], Directory.EnumerateFileSystemEntries(Path.Combine(_folder.Path, "temporary")));
            Directory.CreateDirectory(Path.Combine(folder, "adapters"));
            foreach (var file in Directory.EnumerateFiles(_source.Path, "*", SearchOption.AllDirectories))
                await File.WriteAllBytesAsync(Path.Combine(folder, Path.GetRelativePath(_source.Path, file)), await File.ReadAllBytesAsync(file));
        });

        Assert.Equal(await _store.PutFolderAsync(_source.Path), digest);
        Assert.False(Directory.Exists(beside));
        await Assert.ThrowsAsync<InvalidDataException>(() => _store.PutFolderAsync(_ => throw new InvalidDataException("no")));
        Assert.Empty(_folder.Below("temporary"));
    }

    [Fact]
    public async Task Each_file_is_an_artifact_of_its_own()
    {
        await _store.PutFolderAsync(_source.Path);

        Assert.Equal("weights"u8.ToArray(), await _store.ReadAsync(Digest.Of("weights"u8)));
    }

    [Fact]
    public async Task It_is_laid_out_again_file_for_file()
    {
        var path = await _store.FolderAsync(await _store.PutFolderAsync(_source.Path));

        Assert.Equal("weights", File.ReadAllText(Path.Combine(path, "weights.bin")));
        Assert.Equal("{}", File.ReadAllText(Path.Combine(path, "config.json")));
        Assert.Equal("one", File.ReadAllText(Path.Combine(path, "adapters", "one.bin")));
        Assert.Equal(3, Directory.GetFiles(path, "*", SearchOption.AllDirectories).Length);
        Assert.Empty(_folder.Below("temporary"));
    }

    [Fact]
    public async Task Storing_it_twice_is_storing_it_once()
    {
        var first = await _store.PutFolderAsync(_source.Path);
        var files = _folder.Below(".").Count;

        Assert.Equal(first, await _store.PutFolderAsync(_source.Path));
        Assert.Equal(files, _folder.Below(".").Count);
        Assert.True(await _store.ExistsAsync(first));
    }

    [Fact]
    public async Task Many_stores_may_lay_it_out_at_once()
    {
        var digest = await _store.PutFolderAsync(_source.Path);

        await Parallel.ForAsync(0, 50, async (_, ct) =>
        {
            var path = await new ArtifactStore(_folder.Path).FolderAsync(digest, ct);
            Assert.Equal("weights", await File.ReadAllTextAsync(Path.Combine(path, "weights.bin"), ct));
        });

        Assert.Empty(_folder.Below("temporary"));
    }

    [Fact]
    public async Task A_symbolic_link_in_it_is_refused()
    {
        var link = Path.Combine(_source.Path, "link");
        File.CreateSymbolicLink(link, Path.Combine(_source.Path, "config.json"));

        var error = await Assert.ThrowsAsync<ArtifactRefusedException>(() => _store.PutFolderAsync(_source.Path));

        Assert.Contains(link, error.Message);
        Assert.Contains("symbolic link", error.Message);
    }

    [Fact]
    public async Task A_link_to_a_folder_in_it_is_refused()
    {
        Directory.CreateSymbolicLink(Path.Combine(_source.Path, "link"), _folder.Path);

        await Assert.ThrowsAsync<ArtifactRefusedException>(() => _store.PutFolderAsync(_source.Path));
    }

    [Fact]
    public async Task A_named_pipe_in_it_is_refused_without_waiting_for_a_writer()
    {
        using (var mkfifo = Process.Start("mkfifo", [Path.Combine(_source.Path, "pipe")]))
            await mkfifo.WaitForExitAsync();

        await Assert.ThrowsAsync<ArtifactRefusedException>(() => _store.PutFolderAsync(_source.Path));
    }

    [Fact]
    public async Task An_empty_or_absent_one_is_refused()
    {
        using var empty = new TemporaryFolder();

        await Assert.ThrowsAsync<ArtifactRefusedException>(() => _store.PutFolderAsync(empty.Path));
        await Assert.ThrowsAsync<ArtifactRefusedException>(() => _store.PutFolderAsync(Path.Combine(empty.Path, "absent")));
    }

    [Fact]
    public async Task The_same_files_under_other_names_are_refused_rather_than_mixed_up()
    {
        var digest = await _store.PutFolderAsync(_source.Path);
        File.Move(Path.Combine(_source.Path, "weights.bin"), Path.Combine(_source.Path, "wrong.bin"));

        await Assert.ThrowsAsync<ArtifactRefusedException>(() => _store.PutFolderAsync(_source.Path));

        Assert.Equal("weights.bin", (await _store.ManifestAsync(digest)).Files[2].Name);
    }
}
