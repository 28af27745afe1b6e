using AgentOps.Contracts;

namespace AgentOps.Artifacts.Tests;

public sealed class When_a_stored_folder_is_damaged : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ArtifactStore _store;
    private readonly Digest _digest;
    private readonly string _manifest;

    public When_a_stored_folder_is_damaged()
    {
        _store = new(_folder.Path);
        using var source = new TemporaryFolder();
        source.File("config.json", "{}");
        source.File("weights.bin", "weights");
        _digest = _store.PutFolderAsync(source.Path).Result;
        _manifest = Path.Combine(_folder.Path, "folders", _digest.Hex[..2], _digest.Hex[2..] + ".json");
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task A_corrupt_file_is_named_and_nothing_is_laid_out()
    {
        var weights = Digest.Of("weights"u8);
        File.WriteAllText(_store.PathOf(weights), "weightz");

        var error = await Assert.ThrowsAsync<ArtifactCorruptException>(() => _store.FolderAsync(_digest));

        Assert.Equal(weights, error.Digest);
        Assert.Empty(_folder.Below("materialised"));
        Assert.Empty(_folder.Below("temporary"));
    }

    [Fact]
    public async Task What_is_stored_is_looked_at_itself_and_not_what_was_laid_out_of_it()
    {
        await _store.FolderAsync(_digest);
        await _store.VerifyFolderAsync(_digest);
        File.WriteAllText(_store.PathOf(Digest.Of("weights"u8)), "weightz");

        await _store.FolderAsync(_digest);
        await Assert.ThrowsAsync<ArtifactCorruptException>(() => _store.VerifyFolderAsync(_digest));
    }

    [Fact]
    public async Task A_missing_file_is_named()
    {
        var weights = Digest.Of("weights"u8);
        File.Delete(_store.PathOf(weights));

        var error = await Assert.ThrowsAsync<ArtifactMissingException>(() => _store.FolderAsync(_digest));

        Assert.Equal(weights, error.Digest);
    }

    [Fact]
    public async Task A_missing_manifest_is_a_missing_artifact() =>
        await Assert.ThrowsAsync<ArtifactMissingException>(() => _store.FolderAsync(Digest.Of("never stored"u8)));

    [Fact]
    public async Task A_manifest_with_another_file_is_corrupt()
    {
        var other = await _store.PutAsync("of 7 as"u8.ToArray());
        File.WriteAllText(_manifest, File.ReadAllText(_manifest).Replace(Digest.Of("weights"u8).ToString(), other.ToString(), StringComparison.Ordinal));

        await Assert.ThrowsAsync<ArtifactCorruptException>(() => _store.FolderAsync(_digest));
    }

    [Fact]
    public async Task A_manifest_with_another_size_is_corrupt()
    {
        File.WriteAllText(_manifest, File.ReadAllText(_manifest).Replace("\"size\":7", "\"size\":8", StringComparison.Ordinal));

        await Assert.ThrowsAsync<ArtifactCorruptException>(() => _store.FolderAsync(_digest));
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("[null]")]
    [InlineData("{\"name\":\"a\"}")]
    [InlineData("[{\"name\":\"a\"}]")]
    [InlineData("[{\"name\":\"a\",\"digest\":\"md5:1\",\"size\":1}]")]
    public async Task A_malformed_manifest_is_corrupt(string json)
    {
        File.WriteAllText(_manifest, json);

        await Assert.ThrowsAsync<ArtifactCorruptException>(() => _store.FolderAsync(_digest));
    }

    [Theory]
    [InlineData("../weights.bin")]
    [InlineData("/etc/weights.bin")]
    [InlineData("folder/../../weights.bin")]
    [InlineData("./weights.bin")]
    [InlineData("folder//weights.bin")]
    [InlineData("..\\weights.bin")]
    [InlineData("C:weights.bin")]
    [InlineData("weights\u0000.bin")]
    [InlineData("config.json")]
    [InlineData("config.json/weights.bin")]
    public async Task A_manifest_whose_names_leave_the_folder_or_clash_is_refused(string name)
    {
        var entries = new[] { new FolderEntry("config.json", Digest.Of("{}"u8), 2), new FolderEntry(name, Digest.Of("weights"u8), 7) };
        File.WriteAllBytes(_manifest, System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(entries, EventRegistry.Json));

        await Assert.ThrowsAsync<ArtifactCorruptException>(() => _store.FolderAsync(_digest));

        Assert.Empty(_folder.Below("materialised"));
    }

    [Theory]
    [InlineData(2048, true)]
    [InlineData(2051, false)]
    public void A_name_is_as_long_as_its_bytes(int bytes, bool isTaken)
    {
        // Eight parts of 84 characters, each of three bytes, and the rest.
        var name = string.Join('/', Enumerable.Repeat(new string('\u4e00', 84), 8).Append(new string('\u4e00', (bytes - 8 * 253) / 3)));
        Assert.Equal(bytes, System.Text.Encoding.UTF8.GetByteCount(name));

        var refused = Record.Exception(() => FolderManifest.Of([new(name, Digest.Of("weights"u8), 7)]));

        Assert.Equal(isTaken, refused is null);
        Assert.True(isTaken || refused is FormatException);
    }

    [Theory]
    [InlineData("weightz")]
    [InlineData("longer than before")]
    public async Task A_changed_copy_is_laid_out_again(string content)
    {
        var path = await _store.FolderAsync(_digest);
        File.WriteAllText(Path.Combine(path, "weights.bin"), content);

        Assert.Equal(path, await _store.FolderAsync(_digest));

        Assert.Equal("weights", File.ReadAllText(Path.Combine(path, "weights.bin")));
        Assert.Empty(_folder.Below("temporary"));
    }

    [Fact]
    public async Task A_copy_of_which_a_bit_flipped_on_the_disk_is_laid_out_again()
    {
        var path = await _store.FolderAsync(_digest);
        var weights = Path.Combine(path, "weights.bin");
        var written = File.GetLastWriteTimeUtc(weights);
        File.WriteAllText(weights, "weighus");
        File.SetLastWriteTimeUtc(weights, written);

        Assert.Equal(path, await _store.FolderAsync(_digest));

        Assert.Equal("weights", File.ReadAllText(weights));
    }

    [Fact]
    public async Task A_copy_with_a_file_too_many_or_too_few_is_laid_out_again()
    {
        var path = await _store.FolderAsync(_digest);
        File.WriteAllText(Path.Combine(path, "extra"), "");
        await _store.FolderAsync(_digest);
        Assert.False(File.Exists(Path.Combine(path, "extra")));

        File.Delete(Path.Combine(path, "config.json"));
        await _store.FolderAsync(_digest);
        Assert.True(File.Exists(Path.Combine(path, "config.json")));
    }
}
