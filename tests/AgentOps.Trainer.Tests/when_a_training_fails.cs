using System.Text;
using System.Text.Json;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Learning;

namespace AgentOps.Trainer.Tests;

[Collection(OneTrainer.Name)]
public sealed class when_a_training_fails(TrainerService trainer)
{
    public static readonly TheoryData<Exception> WouldFailAgain = [new TrainingCollapsedException("…"), new DataRefusedException("…", new BalanceSheet(0, 0)), new NonFiniteStepException(1, "the loss"), new ArgumentException("…"), new InvalidDataException("…")];

    public static readonly TheoryData<Exception> MayPass = [new EpisodesLackingException("…"), new ArtifactStoreFullException("/full", new IOException("…")), new TimeoutException("…"), new IOException("…")];

    [Theory]
    [MemberData(nameof(WouldFailAgain))]
    public void What_lies_in_the_work_is_not_tried_again(Exception cause) => Assert.True(TrainingFailure.IsOfTheWork(cause));

    [Theory]
    [MemberData(nameof(MayPass))]
    public void What_lay_in_the_machine_or_in_what_others_did_is(Exception cause) => Assert.False(TrainingFailure.IsOfTheWork(cause));

    [Theory]
    [InlineData("maze", null, 12, "episodes")]
    // Of each episode the planner's part and the worker's, or the worker's alone.
    [InlineData("crew", null, 24, "roles' parts of episodes")]
    [InlineData("crew", "worker", 12, "roles' parts of episodes")]
    public async Task Where_every_episode_broke_nothing_is_called_learned(string environment, string? role, int parts, string called)
    {
        var model = await trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(trainer.Models, $"plays-{environment}-{role}")));
        var run = RunId.Create();

        var answer = trainer.AnswerAsync(new OnlineTrainWork("grpo", model, environment, "train", 0, Groups: 2, Samples: 3, Iterations: 2, new OnlineOptions(), Seed: 1, Role: role, Partners: role is null ? null : new Dictionary<string, PolicyReference> { ["planner"] = new(PolicyKind.Expert) }), run);
        await trainer.PlayNothingAsync(run, iteration: 0);
        await trainer.PlayNothingAsync(run, iteration: 1);

        var failed = Assert.IsType<TrainingFailed>(await answer);
        Assert.Equal($"All {parts} {called} of 2 iterations failed: there was nothing to learn from.", failed.Reason);
        Assert.Equal((parts, 0, parts), (failed.Balance!.In, failed.Balance.Used, failed.Balance.Failed));
        // The episodes are recorded: a further attempt would find the same.
        Assert.False(failed.Retryable);
    }

    [Fact]
    public async Task Where_the_episodes_of_every_task_went_alike_nothing_is_called_learned()
    {
        var model = await trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(trainer.Models, "went-alike")));
        var run = RunId.Create();
        SampledTokens said = new([.. Enumerable.Range(4, 8)], [[2, 3]], [-5, -5, -5], 1, 1);

        var answer = trainer.AnswerAsync(new OnlineTrainWork("grpo", model, "maze", "train", 0, Groups: 2, Samples: 3, Iterations: 2, new OnlineOptions(), Seed: 1), run);
        // All solved in one iteration and none in the other: no episode of a task is better than another of it.
        await trainer.PlayAsync(run, iteration: 0, said, reward: 1);
        await trainer.PlayAsync(run, iteration: 1, said, reward: 0);

        var failed = Assert.IsType<TrainingFailed>(await answer);
        Assert.Equal("In 2 iterations of 2 tasks, each played 3 times, the episodes of every task went alike: there was nothing to tell a better one by. Use easier or harder tasks, or more samples.", failed.Reason);
        Assert.Equal((new BalanceSheet(In: 12, Used: 0, Tied: 12), false), (failed.Balance, failed.Retryable));
    }

    [Fact]
    public async Task Lines_of_another_vocabulary_are_refused_with_all_lines_in_the_books()
    {
        var model = await trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(trainer.Models, "another-vocabulary")));
        await trainer.Store.FolderAsync(model);
        int[] foreign = [4, TinyModel.Tokenizer.VocabularySize, 6];
        var lines = new[] { [4, 5, 6], foreign, [4, 5, 7], foreign }.Select((ids, i) => JsonSerializer.Serialize(new TokenSequence($"maze/train/{i}", 0, ids, [[1, 2]]), EventRegistry.Json));
        var data = await trainer.Store.PutAsync(Encoding.UTF8.GetBytes(string.Join('\n', lines) + "\n"));

        var failed = await trainer.AssertRefusedAsync(new TrainWork("sft", model, DatasetId.Of(RunId.Create(), "base"), data, new TrainOptions(Tokens: 100), Seed: 1), "Line 2 of the data set has the token id");

        Assert.Equal((new BalanceSheet(In: 4, Used: 0, Failed: 2, Unseen: 2), false), (failed.Balance, failed.Retryable));
    }

    [Fact]
    public async Task An_iteration_that_ends_in_the_failure_is_in_the_books()
    {
        var model = await trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(trainer.Models, "fails-while-it-learns")));
        var run = RunId.Create();

        var answer = trainer.AnswerAsync(new OnlineTrainWork("grpo", model, "maze", "train", 0, Groups: 2, Samples: 3, Iterations: 2, new OnlineOptions(), Seed: 1), run);
        // Two log-probabilities for three sampled tokens.
        await trainer.PlayAsync(run, iteration: 0, new([.. Enumerable.Range(4, 8)], [[2, 3]], [-5, -5], 1, 1));

        var failed = Assert.IsType<TrainingFailed>(await answer);
        Assert.Contains("they do not fit", failed.Reason, StringComparison.Ordinal);
        Assert.Equal(new BalanceSheet(In: 6, Used: 0, Failed: 6), failed.Balance);
    }

    [Fact]
    public async Task One_that_waits_for_episodes_is_left_where_its_run_is_over()
    {
        var run = RunId.Create();
        await AskedForEpisodesAsync(run, "over");

        await trainer.AppendAsync(run, new RunFailed(run, "base", "no answer before the deadline"));

        Assert.IsType<TrainingCancelled>((await trainer.UntilCancelledAsync(run))[^1]);
    }

    [Fact]
    public async Task One_that_waits_for_episodes_goes_on_as_the_next_attempt_where_that_was_asked_for()
    {
        var run = RunId.Create();
        var work = await AskedForEpisodesAsync(run, "again");

        var answer = trainer.AnswerAsync(work, run, attempt: 2);
        await trainer.PlayNothingAsync(run, iteration: 0, attempt: 2);
        await trainer.PlayNothingAsync(run, iteration: 1, attempt: 2);

        Assert.StartsWith("All 12 episodes of 2 iterations failed", Assert.IsType<TrainingFailed>(await answer).Reason, StringComparison.Ordinal);
    }

    private async Task<OnlineTrainWork> AskedForEpisodesAsync(RunId run, string name)
    {
        var model = await trainer.Store.PutFolderAsync(TinyModel.Save(Path.Combine(trainer.Models, $"waits-{name}")));
        OnlineTrainWork work = new("grpo", model, "maze", "train", 0, Groups: 2, Samples: 3, Iterations: 2, new OnlineOptions(), Seed: 1);
        await trainer.AskAsync(work, run);
        await trainer.AskedForEpisodesAsync(run);
        return work;
    }
}
