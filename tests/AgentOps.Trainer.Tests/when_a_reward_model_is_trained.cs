using System.Text;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Models;

namespace AgentOps.Trainer.Tests;

[Collection(OneTrainer.Name)]
public sealed class when_a_reward_model_is_trained(TrainerService trainer)
{
    [Theory]
    [InlineData("pairs", ScoreMeaning.Preference)]
    [InlineData("outcome", ScoreMeaning.Outcome)]
    public async Task What_is_stored_scores_episodes_and_is_refused_wherever_a_policy_is_needed(string loss, ScoreMeaning meaning)
    {
        var start = await trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(trainer.Models, $"to-be-rewarding-{loss}"), seed: 5));
        var data = await trainer.Store.PutAsync(Encoding.UTF8.GetBytes(string.Concat(Enumerable.Range(0, 60).Select(i => (loss == "pairs" ? Pair(i) : Label(i)) + "\n"))));
        TrainWork Work(string method, Digest from) => new(method, from, DatasetId.Of(RunId.Create(), "base"), data, method == "reward" ? new(Epochs: 1, Loss: loss) : new(), Seed: 1);

        var completed = Assert.IsType<TrainingCompleted>(await trainer.AnswerAsync(Work("reward", start)));

        var balance = completed.Balance!.Closed();
        Assert.Equal(60, balance.In);
        Assert.InRange(balance.HeldOut!.Value, 1, 20);
        Assert.Contains("heldOut.accuracy", completed.Metrics.Keys);
        Assert.Equal(meaning, ModelFolder.LoadRewardModel(await trainer.Store.FolderAsync(completed.Model)).Config.Score);
        await trainer.AssertRefusedAsync(Work("sft", completed.Model), "is a reward model: it scores episodes and plays none");
        await trainer.AssertRefusedAsync(new OnlineTrainWork("grpo", completed.Model, "maze", "train", 0, 2, 2, 1, new(), 1), "is a reward model: it scores episodes and plays none");
    }

    [Fact]
    public async Task An_online_training_is_paid_by_nothing_else()
    {
        var policy = await trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(trainer.Models, "no-reward-model"), seed: 6));
        await trainer.Store.FolderAsync(policy);
        OnlineTrainWork Work(Digest rewardModel) => new("grpo", policy, "maze", "train", 0, 2, 2, 1, new(Reward: new(Model: 1)), 1, RewardModel: rewardModel);

        await trainer.AssertRefusedAsync(Work(policy), "is no reward model: it has no score");
        Assert.Contains("is not in the store", (await trainer.AssertRefusedAsync(Work(Digest.Of("nowhere"u8)), Digest.Of("nowhere"u8).ToString())).Reason, StringComparison.Ordinal);
    }

    private static string Pair(int i) => JsonSerializer.Serialize(new PreferencePair(Said(i, 100 + i % 10), Said(i, 120 + i % 10)), EventRegistry.Json);

    private static string Label(int i) => JsonSerializer.Serialize(new LabelledSequence(Said(i, 100 + i % 20), i % 20 < 10), EventRegistry.Json);

    private static TokenSequence Said(int task, int word) => new($"maze/train/{task}", 0, [5, 6, word], [[2, 1]]);
}
