using AgentOps.Artifacts.Tests;
using AgentOps.Contracts;
using AgentOps.Models;

namespace AgentOps.Generator.Tests;

public sealed class when_the_disk_is_full : IAsyncLifetime, IDisposable
{
    private readonly FillableDisk _disk = new(1 << 20);
    private readonly AnsweringServing _serving = new(AnsweringServing.Turn);
    private readonly GeneratorService _generator = new();
    private readonly StepKey _step = new(RunId.Create(), "1.generate", 1);

    public Task InitializeAsync()
    {
        (_generator.Artifacts, _generator.Serving) = (_disk.Path, _serving);
        return _generator.InitializeAsync();
    }

    public Task DisposeAsync() => _generator.DisposeAsync();

    public void Dispose()
    {
        _serving.Dispose();
        _disk.Dispose();
    }

    [FactOnSmallDisk]
    public async Task Episodes_whose_tokens_find_no_room_are_not_recorded_and_are_played_by_the_next_attempt_once_there_is()
    {
        var work = new GenerateWork("maze", new(PolicyKind.Model, await ModelAsync()), "train", 0, Episodes: 2, Samples: 1, Temperature: 1, Seed: 7);
        await _disk.FillAsync();

        var (failed, nothing) = await EndOfAsync(work, attempt: 1);
        Assert.Equal($"The artifact store at {_disk.Path} has no space left: free some or move the store, then repeat the step.", Assert.IsType<GenerationFailed>(failed).Reason);
        Assert.Empty(nothing.OfType<ShardCompleted>());
        Assert.Empty(_disk.Below("temporary"));

        _disk.MakeRoom();
        var (completed, all) = await EndOfAsync(work, attempt: 2);
        Assert.IsType<GenerationCompleted>(completed);
        var played = Assert.Single(all.OfType<ShardCompleted>()).Trajectories;
        Assert.Equal(2, played.Count);
        Assert.True(await _generator.Store.ExistsAsync((await _generator.RecordedAsync(played[0].Trajectory)).Tokens!.Artifact));
    }

    private async Task<(IEvent End, IReadOnlyList<IEvent> All)> EndOfAsync(GenerateWork work, int attempt)
    {
        await _generator.AppendAsync("pipeline", _step.Run, _step.Run.Stream(), new StepRequested(_step with { Attempt = attempt }, null, work, DateTimeOffset.UtcNow + TimeSpan.FromMinutes(5)));
        return await _generator.EndOfAsync(GenerationId.Of(_step.Run, _step.Path, work.Policy.ToString()), attempt);
    }

    /// <summary>All of a model that Generator reads: its tokenizer.</summary>
    private async Task<Digest> ModelAsync()
    {
        using var folder = new TemporaryFolder();
        BpeTokenizer.Train(["go north", "go south"], 280, ChatTokens.All).Save(Path.Combine(folder.Path, "tokenizer.json"));
        var model = await _generator.Store.PutFolderAsync(folder.Path);
        await _generator.Store.FolderAsync(model);
        return model;
    }
}
