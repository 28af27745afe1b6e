using AgentOps.Contracts;

namespace AgentOps.Trainer.Tests;

public sealed class when_libtorch_refuses : IAsyncLifetime
{
    // No machine has so many.
    private readonly TrainerService _trainer = new() { Device = "cuda:99" };

    public Task InitializeAsync() => _trainer.InitializeAsync();

    public Task DisposeAsync() => _trainer.DisposeAsync();

    [Fact]
    public async Task The_training_fails_with_its_sentence_and_the_trainer_goes_on()
    {
        ScratchWork work = new("maze", new ScratchModel(Layers: 1, Width: 16, Heads: 2, Vocabulary: 300, Context: 128, CopyTokens: 1536), Seed: 7);

        var first = Assert.IsType<TrainingFailed>(await _trainer.AnswerAsync(work));
        var second = Assert.IsType<TrainingFailed>(await _trainer.AnswerAsync(work));

        Assert.Matches(@"\AThe training on cuda:99 failed: [^\n]*CUDA[^\n]*\.\z", first.Reason);
        Assert.Equal(first.Reason, second.Reason);
    }
}
