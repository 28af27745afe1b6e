using AgentOps.Contracts;

namespace AgentOps.Trainer.Tests;

[Collection(OneTrainer.Name)]
public sealed class when_a_saved_state_cannot_be_read(TrainerService trainer)
{
    private static readonly ScratchWork Work = new("maze", new ScratchModel(Layers: 1, Width: 16, Heads: 2, Vocabulary: 300, Context: 128, CopyTokens: 6 * 1536), Seed: 7);

    [Fact]
    public async Task A_missing_one_is_passed_over_and_the_training_ends_in_the_same_model() => await AssertPassedOverAsync(Digest.Of("no state"u8));

    [Fact]
    public async Task One_of_another_version_is_passed_over_and_the_training_ends_in_the_same_model()
    {
        var folder = Directory.CreateDirectory(Path.Combine(trainer.Outside, "state"));
        await File.WriteAllTextAsync(Path.Combine(folder.FullName, "state.json"), """{"format":0,"work":"another","step":4,"tokens":400,"finished":false}""");

        await AssertPassedOverAsync(await trainer.Store.PutFolderAsync(folder.FullName));
    }

    private async Task AssertPassedOverAsync(Digest state)
    {
        var undisturbed = Assert.IsType<TrainingCompleted>(await trainer.AnswerAsync(Work));
        var run = RunId.Create();
        var (id, first) = (TrainingId.Of(run, "base"), new StepKey(run, "base", 1));
        await trainer.LeaveAsync(run, new TrainingQueued(id, first, Work, DateTimeOffset.UtcNow), new CheckpointSaved(id, 4, state), new TrainingFailed(id, first, "The first attempt failed.", null));

        var again = Assert.IsType<TrainingCompleted>(await trainer.AnswerAsync(Work, run, attempt: 2));

        Assert.Equal((undisturbed.Model, undisturbed.OptimizerSteps), (again.Model, again.OptimizerSteps));
    }
}
