using AgentOps.Artifacts;
using AgentOps.Contracts;

namespace AgentOps.Trainer.Tests;

[Collection(OneTrainer.Name)]
public sealed class when_a_checkpoint_cannot_be_used(TrainerService trainer)
{
    [Fact]
    public async Task A_missing_one_fails_the_training_with_a_sentence()
    {
        var missing = Digest.Of("no model"u8);

        await trainer.AssertRefusedAsync(await TrainingFrom(missing), $"Artifact {missing} is not in the store");
    }

    [Fact]
    public async Task A_damaged_one_fails_the_training_with_a_sentence()
    {
        var model = await trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(trainer.Models, "to-be-damaged"), seed: 2));
        var weights = trainer.Store.PathOf((await trainer.Store.ManifestAsync(model)).Files.Single(f => f.Name == "model.safetensors").Digest);
        var bytes = await File.ReadAllBytesAsync(weights);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(weights, bytes);

        await trainer.AssertRefusedAsync(await TrainingFrom(model), "is corrupt");
    }

    [Fact]
    public async Task Files_that_are_no_model_fail_the_training_with_a_sentence()
    {
        var folder = TinyModel.Save(Path.Combine(trainer.Models, "without-weights"));
        File.Delete(Path.Combine(folder, "model.safetensors"));

        await trainer.AssertRefusedAsync(await TrainingFrom(await Materialised(await trainer.Store.PutFolderAsync(folder))), "model.safetensors");
    }

    // Laid out before the store is looked at, since laying out is no trace of a training.
    private async Task<Digest> Materialised(Digest folder)
    {
        await trainer.Store.FolderAsync(folder);
        return folder;
    }

    private async Task<TrainWork> TrainingFrom(Digest model) =>
        new("sft", model, DatasetId.Of(RunId.Create(), "base"), await trainer.Store.PutAsync("{}"u8.ToArray()), new TrainOptions(Tokens: 100), Seed: 1);
}
