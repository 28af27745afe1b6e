using System.Text;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Models;
using AgentOps.Models.Adapters;

namespace AgentOps.Trainer.Tests;

[Collection(OneTrainer.Name)]
public sealed class when_an_adapter_or_labels_are_trained_on(TrainerService trainer)
{
    private static readonly LoraOptions Small = new(2, 4, ["q_proj"]);

    public static readonly TheoryData<string, AdapterOptions> Kinds = new() { { "lora", new(Lora: Small) }, { "qlora", new(Qlora: Small) } };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task The_stored_model_is_an_ordinary_one_with_the_adapter_inside(string kind, AdapterOptions adapter)
    {
        var start = await trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(trainer.Models, $"to-be-adapted-{kind}"), seed: 3));
        var work = await LabelledAsync(start, adapter, (true, 8), (false, 8));

        var completed = Assert.IsType<TrainingCompleted>(await trainer.AnswerAsync(work));

        Assert.Equal(new BalanceSheet(In: 2, Used: 2), completed.Balance);
        var folder = await trainer.Store.FolderAsync(completed.Model);
        var model = ModelFolder.Load(folder);
        Assert.Equal(start.ToString(), PeftAdapter.Load(Path.Combine(folder, "adapter"), model.Config).Config.BaseModel);
    }

    [Fact]
    public async Task Labels_of_which_one_side_does_not_fit_the_model_fail_with_their_counts()
    {
        var start = await trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(trainer.Models, "too-short"), seed: 4));
        await trainer.Store.FolderAsync(start);

        var failed = await trainer.AssertRefusedAsync(await LabelledAsync(start, null, (true, 8), (false, 129)), "of 2 samples, 1 desirable and 0 undesirable ones fit");

        Assert.Equal((new BalanceSheet(In: 2, Used: 0, TooLong: 1, Unseen: 1), false), (failed.Balance, failed.Retryable));
    }

    private async Task<TrainWork> LabelledAsync(Digest from, AdapterOptions? adapter, params (bool Desirable, int Tokens)[] samples)
    {
        var lines = samples.Select((sample, i) => JsonSerializer.Serialize(
            new LabelledSequence(new($"maze/train/{i}", 0, [.. Enumerable.Range(0, sample.Tokens).Select(k => 4 + (k + i) % 250)], [[2, 3]]), sample.Desirable), EventRegistry.Json));
        var data = await trainer.Store.PutAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));
        return new("kto", from, DatasetId.Of(RunId.Create(), "base"), data, new TrainOptions(Epochs: 2, Adapter: adapter), Seed: 1);
    }
}
