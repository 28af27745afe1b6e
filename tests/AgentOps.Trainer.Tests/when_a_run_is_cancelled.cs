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
    public async Task An_online_training_ends_within_its_iteration()
    {
        var run = RunId.Create();
        var model = await trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(trainer.Models, "cancelled-online")));
        // Every episode is a step of its own: 20,000 of them, of which a test sees those of the first seconds.
        await trainer.AskAsync(new OnlineTrainWork("grpo", model, "maze", "train", 0, Groups: 20, Samples: 10, Iterations: 1, new OnlineOptions(BatchTokens: 16, Epochs: 100), Seed: 1), run);
        await trainer.PlayAsync(run, iteration: 0, new([.. Enumerable.Range(4, 100)], [[50, 2], [90, 2]], [-5, -5, -5, -5], 1, 1));
        await trainer.ProgressedAsync(run);
        await trainer.AppendAsync(run, new RunCancelling(run, "ada", DateTimeOffset.UtcNow));

        var said = await trainer.UntilCancelledAsync(run);

        Assert.InRange(Assert.IsType<TrainingCancelled>(said[^1]).OptimizerStep, 1, 19_999);
        // A state is saved behind an iteration alone.
        Assert.Empty(said.OfType<CheckpointSaved>());
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
