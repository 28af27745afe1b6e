using AgentOps.Contracts;

namespace AgentOps.Artifacts.Tests;

public sealed class When_a_stored_file_is_damaged : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly ArtifactStore _store;
    private readonly Digest _digest;

    public When_a_stored_file_is_damaged()
    {
        _store = new(_folder.Path);
        _digest = _store.PutAsync("the right content"u8.ToArray()).Result;
    }

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("the wrong content")]
    [InlineData("the right")]
    [InlineData("")]
    public async Task Reading_it_names_digest_and_path(string content)
    {
        File.WriteAllText(_store.PathOf(_digest), content);

        var read = await Assert.ThrowsAsync<ArtifactCorruptException>(() => _store.ReadAsync(_digest));
        var opened = await Assert.ThrowsAsync<ArtifactCorruptException>(() => _store.OpenAsync(_digest));

        Assert.All([read, opened], error =>
        {
            Assert.Equal(_digest, error.Digest);
            Assert.Contains(_digest.ToString(), error.Message);
            Assert.Contains(_store.PathOf(_digest), error.Message);
        });
    }

    [Fact]
    public async Task Putting_the_content_again_heals_it()
    {
        File.WriteAllText(_store.PathOf(_digest), "damaged");

        await _store.PutAsync("the right content"u8.ToArray());

        Assert.Equal("the right content"u8.ToArray(), await _store.ReadAsync(_digest));
    }

    [Fact]
    public async Task A_missing_one_is_said_to_be_missing()
    {
        File.Delete(_store.PathOf(_digest));

        var error = await Assert.ThrowsAsync<ArtifactMissingException>(() => _store.ReadAsync(_digest));
        await Assert.ThrowsAsync<ArtifactMissingException>(() => _store.OpenAsync(_digest));

        Assert.Contains(_digest.ToString(), error.Message);
        Assert.Contains(_store.PathOf(_digest), error.Message);
    }
}
