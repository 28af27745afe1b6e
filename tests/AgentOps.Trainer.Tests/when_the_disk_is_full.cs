using System.Text.Json;
using AgentOps.Artifacts.Tests;
using AgentOps.Contracts;
using AgentOps.Learning;

namespace AgentOps.Trainer.Tests;

public sealed class when_the_disk_is_full : IAsyncLifetime, IDisposable
{
    private const int Room = 16 << 10;
    private static readonly ScratchWork Work = new("maze", new ScratchModel(Layers: 1, Width: 16, Heads: 2, Vocabulary: 300, Context: 128, CopyTokens: 6 * 1536), Seed: 7);
    private readonly FillableDisk _disk = new(4 << 20);
    private readonly TrainerService _trainer = new();

    public Task InitializeAsync()
    {
        _trainer.Artifacts = _disk.Path;
        return _trainer.InitializeAsync();
    }

    public Task DisposeAsync() => _trainer.DisposeAsync();

    public void Dispose() => _disk.Dispose();

    [FactOnSmallDisk]
    public async Task A_training_fails_with_the_reason_leaves_nothing_half_written_and_succeeds_once_there_is_room()
    {
        var run = RunId.Create();
        await _disk.FillAsync(Room);

        var failed = Assert.IsType<TrainingFailed>(await _trainer.AnswerAsync(Work, run));
        Assert.Equal($"The artifact store at {_disk.Path} has no space left: free some or move the store, then repeat the step.", failed.Reason);
        Assert.True(failed.Retryable);
        Assert.Empty(_disk.Below("temporary"));
        Assert.Empty(_disk.Below("folders"));

        _disk.MakeRoom();
        var completed = Assert.IsType<TrainingCompleted>(await _trainer.AnswerAsync(Work, run, attempt: 2));
        Policy.Load(await _trainer.Store.FolderAsync(completed.Model)).Dispose();
    }

    [FactOnSmallDisk]
    public async Task A_training_that_has_counted_its_samples_may_be_tried_again_all_the_same()
    {
        var model = await _trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(_trainer.Models, "tiny")));
        await _trainer.Store.FolderAsync(model);
        TokenSequence sample = new("maze/train/0", 0, [1, 5, 6, 2, 7, 3], [[4, 2]]);
        var data = await _trainer.Store.PutAsync(JsonSerializer.SerializeToUtf8Bytes(sample, EventRegistry.Json));
        await _disk.FillAsync();

        var failed = Assert.IsType<TrainingFailed>(await _trainer.AnswerAsync(new TrainWork("sft", model, DatasetId.Of(RunId.Create(), "base"), data, new TrainOptions(Tokens: 10), Seed: 1)));

        Assert.Contains("no space left", failed.Reason, StringComparison.Ordinal);
        Assert.Equal((1, true), (failed.Balance?.Used, failed.Retryable));
    }
}
