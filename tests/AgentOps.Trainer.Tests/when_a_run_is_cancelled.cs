using AgentOps.Contracts;
using AgentOps.Learning;

namespace AgentOps.Trainer.Tests;

[Collection(OneTrainer.Name)]
public sealed class when_a_run_is_cancelled(TrainerService trainer)
{
    /// <summary>Hours of training, of which a test sees the first second.</summary>
    private static readonly ScratchWork Endless = new("maze", new ScratchModel(Layers: 1, Width: 16, Heads: 2, Vocabulary: 300, Context: 128, CopyTokens: 1_000_000_000), Seed: 7);

    [Fact]
    public async Task Its_training_ends_behind_a_checkpoint_of_the_step_that_it_came_to()
    {
        var run = RunId.Create();
        await trainer.AskAsync(Endless, run);
        await trainer.ProgressedAsync(run);
        await trainer.AppendAsync(run, new RunCancelling(run, "ada", DateTimeOffset.UtcNow));

        var said = await trainer.UntilCancelledAsync(run);

        var cancelled = Assert.IsType<TrainingCancelled>(said[^1]);
        var saved = Assert.IsType<CheckpointSaved>(said[^2]);
        Assert.InRange(saved.OptimizerStep, 1, int.MaxValue);
        Assert.Equal(saved.OptimizerStep, cancelled.OptimizerStep);
        Assert.Contains("state.json", Directory.GetFiles(await trainer.Store.FolderAsync(saved.State)).Select(Path.GetFileName));
        Assert.Empty(said.OfType<TrainingCompleted>());
    }

    [Fact]
    public async Task A_training_that_still_waits_takes_no_step()
    {
        var run = RunId.Create();
        await trainer.AppendAsync(run, new RunCancelling(run, "ada", DateTimeOffset.UtcNow));
        await trainer.AskAsync(Endless, run);

        var said = await trainer.UntilCancelledAsync(run);

        Assert.Equal(0, Assert.IsType<TrainingCancelled>(said[^1]).OptimizerStep);
        Assert.Empty(said.OfType<TrainingProgressed>());
        Assert.Empty(said.OfType<CheckpointSaved>());
    }
}
