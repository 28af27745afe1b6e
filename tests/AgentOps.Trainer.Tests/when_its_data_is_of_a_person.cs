using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Subjects;

namespace AgentOps.Trainer.Tests;

[Collection(OneTrainer.Name)]
public sealed class when_its_data_is_of_a_person(TrainerService trainer)
{
    private static readonly byte[] Line = JsonSerializer.SerializeToUtf8Bytes(new TokenSequence("maze/train/0", 0, [1, 2, 3, 4], [[1, 3]]), EventRegistry.Json);

    [Fact]
    public async Task It_is_trained_on_as_if_it_were_plain()
    {
        var plain = Assert.IsType<TrainingCompleted>(await trainer.AnswerAsync(await TrainingOn("plain", Line)));
        var encrypted = Assert.IsType<TrainingCompleted>(await trainer.AnswerAsync(await TrainingOn("encrypted", trainer.Subjects.EncryptLine(["ada"], Line))));

        Assert.Equal(plain.Model, encrypted.Model);
    }

    [Fact]
    public async Task Erased_it_is_never_left_out_in_silence()
    {
        var line = trainer.Subjects.EncryptLine(["bob"], Line);
        trainer.Subjects.Erase("bob");

        var failed = Assert.IsType<TrainingFailed>(await trainer.AnswerAsync(await TrainingOn("erased", [.. Line, (byte)'\n', .. line])));

        Assert.StartsWith("The data of subject 'bob' was erased", failed.Reason, StringComparison.Ordinal);
        Assert.False(failed.Retryable);
    }

    private async Task<TrainWork> TrainingOn(string name, byte[] data) => new("sft",
        await trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(trainer.Models, name))), DatasetId.Of(RunId.Create(), "base"), await trainer.Store.PutAsync(data), new TrainOptions(Tokens: 8), Seed: 1);
}
