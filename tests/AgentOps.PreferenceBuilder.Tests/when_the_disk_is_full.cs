using AgentOps.Artifacts.Tests;
using AgentOps.Contracts;

namespace AgentOps.PreferenceBuilder.Tests;

public sealed class when_the_disk_is_full : IAsyncLifetime, IDisposable
{
    private readonly FillableDisk _disk = new(1 << 20);
    private readonly PreferenceBuilderService _service = new();

    public Task InitializeAsync()
    {
        _service.Artifacts = _disk.Path;
        return _service.InitializeAsync();
    }

    public Task DisposeAsync() => _service.DisposeAsync();

    public void Dispose() => _disk.Dispose();

    [FactOnSmallDisk]
    public async Task A_data_set_fails_with_the_reason_leaves_nothing_half_written_and_is_built_once_there_is_room()
    {
        await _disk.FillAsync();

        var failed = Assert.IsType<DatasetFailed>(await _service.AnswerAsync("3.train.dataset", "sft"));
        Assert.Equal($"The artifact store at {_disk.Path} has no space left: free some or move the store, then repeat the step.", failed.Reason);
        Assert.Empty(_disk.Below("temporary"));

        _disk.MakeRoom();
        var built = Assert.IsType<DatasetBuilt>(await _service.AnswerAsync("4.train.dataset", "sft"));
        Assert.Single(await _service.LinesAsync<TokenSequence>(built));
    }
}
