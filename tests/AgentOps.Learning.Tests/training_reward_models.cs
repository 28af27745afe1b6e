using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;

namespace AgentOps.Learning.Tests;

/// <summary>The last token says how good a trajectory is: it is one of twenty, of which the upper half is accepted.</summary>
public sealed class Training_reward_models : IDisposable
{
    private const int Tasks = 200;
    private const int Words = 20;
    private readonly Folders _folders = new();
    private readonly string _model;

    public Training_reward_models()
    {
        _model = _folders.New();
        using var policy = Tiny.Policy();
        policy.Save(_model);
    }

    public void Dispose() => _folders.Dispose();

    [Theory]
    [InlineData(TrainingMethods.OfPairs)]
    [InlineData(TrainingMethods.OfOutcomes)]
    public void It_learns_what_is_better_of_tasks_that_it_has_not_seen(string loss)
    {
        using var job = Open(loss, new(Epochs: 40, LearningRate: 3e-3));

        var last = job.Run().Last().Metrics;

        Assert.True(last["heldOut.accuracy"] > 0.9, $"The held-out accuracy is {last["heldOut.accuracy"]}.");
        Assert.True(last["heldOut.loss"] < Math.Log(2));
    }

    [Fact]
    public void Held_out_tasks_are_counted_and_move_no_weight()
    {
        string[] held = [.. Names().Where(HeldOut.Is)], learned = [.. Names().Except(held)];
        Assert.InRange(held.Length, 10, 30);
        using var all = Open(TrainingMethods.OfPairs, new(Epochs: 1));
        using var rest = Open(TrainingMethods.OfPairs, new(Epochs: 1), learned);

        Assert.Equal(all.Run().Select(report => report.Metrics["loss"]), rest.Run().Select(report => report.Metrics["loss"]));

        Assert.Equal(new BalanceSheet(In: Tasks, Used: Tasks - held.Length, HeldOut: held.Length), all.Balance);
        Assert.Equal(new BalanceSheet(In: learned.Length, Used: learned.Length), rest.Balance);
    }

    [Fact]
    public void The_share_of_held_out_verdicts_that_are_the_commoner_is_reported_beside_the_accuracy_on_them()
    {
        string[] held = [.. Names().Where(HeldOut.Is)];
        using var outcomes = Open(TrainingMethods.OfOutcomes, new(Epochs: 1));
        using var pairs = Open(TrainingMethods.OfPairs, new(Epochs: 1));
        var accepted = held.Count(task => IsGood(task));

        Assert.Equal(Math.Max(accepted, held.Length - accepted) / (double)held.Length, outcomes.Run().Last().Metrics["heldOut.commoner"], 12);
        Assert.DoesNotContain("heldOut.commoner", pairs.Run().Last().Metrics.Keys);
    }

    [Fact]
    public void What_is_measured_is_the_model_after_the_step()
    {
        var pair = Pair(Names().First(HeldOut.Is));
        using var job = TrainingJob.Open(Work(TrainingMethods.OfPairs, new(Epochs: 1)), _model, Tiny.Lines([pair, .. Names().Where(task => !HeldOut.Is(task)).Take(4).Select(Pair)]));

        var only = Assert.Single(job.Run()).Metrics;

        var folder = _folders.New();
        job.SaveModel(folder);
        using var model = RewardModel.Load(folder);
        using var scope = TorchSharp.torch.NewDisposeScope();
        var scores = Numbers.Of(RewardModel.Scores(model, [pair.Chosen, pair.Rejected]));
        Assert.Equal(Math.Log(1 + Math.Exp(scores[1] - scores[0])), only["heldOut.loss"], 5);
        Assert.Equal(scores[0] > scores[1] ? 1 : 0, only["heldOut.accuracy"]);
        // Before it, every score was 0.
        Assert.NotEqual(Math.Log(2), only["heldOut.loss"], 5);
    }

    [Fact]
    public void Where_nothing_can_be_held_out_nothing_is_said_of_it()
    {
        // All of one task, which would be held out; and one side alone, if the other's tasks were.
        var held = Names().First(HeldOut.Is);
        using var pairs = Open(TrainingMethods.OfPairs, new(Epochs: 1), [held, held]);
        string[] oneSide = [.. Names().Where(task => !HeldOut.Is(task) && IsGood(task)).Take(2), Names().First(task => HeldOut.Is(task) && !IsGood(task))];
        using var outcomes = Open(TrainingMethods.OfOutcomes, new(Epochs: 1), oneSide);

        Assert.DoesNotContain(pairs.Run().Last().Metrics.Keys, name => name.StartsWith("heldOut", StringComparison.Ordinal));
        Assert.DoesNotContain(outcomes.Run().Last().Metrics.Keys, name => name.StartsWith("heldOut", StringComparison.Ordinal));
        Assert.Equal(new BalanceSheet(2, 2), pairs.Balance);
        Assert.Equal(new BalanceSheet(3, 3), outcomes.Balance);
    }

    [Theory]
    [InlineData(TrainingMethods.OfPairs)]
    [InlineData(TrainingMethods.OfOutcomes)]
    public void Interrupted_and_reopened_it_ends_with_the_same_folder(string loss)
    {
        var (whole, state, resumed) = (_folders.New(), _folders.New(), _folders.New());
        TrainOptions options = new(Epochs: 2, BatchTokens: 200);
        using (var job = Open(loss, options))
        {
            Assert.True(job.Run().Count() > 5);
            job.SaveModel(whole);
        }
        using (var job = Open(loss, options))
        {
            Assert.Equal(3, job.Run().ElementAt(2).Step);
            job.SaveState(state);
        }
        using (var job = TrainingJob.Open(Work(loss, options), _model, Lines(loss, Names()), state))
        {
            Assert.Equal(4, job.Run().First().Step);
            foreach (var _ in job.Run()) ;
            job.SaveModel(resumed);
        }

        Assert.Equal(Directory.GetFiles(whole).Select(Path.GetFileName).Order(), Directory.GetFiles(resumed).Select(Path.GetFileName).Order());
        Assert.All(Directory.GetFiles(whole), file => Assert.Equal(File.ReadAllBytes(file), File.ReadAllBytes(Path.Combine(resumed, Path.GetFileName(file)))));
    }

    [Fact]
    public void It_goes_on_from_a_reward_model_with_the_score_that_this_one_has()
    {
        var (first, second) = (_folders.New(), _folders.New());
        using (var job = Open(TrainingMethods.OfPairs, new(Epochs: 1, LearningRate: 1e-3)))
        {
            foreach (var _ in job.Run()) ;
            job.SaveModel(first);
        }
        using (var job = TrainingJob.Open(Work(TrainingMethods.OfOutcomes, new(Epochs: 1)), first, Lines(TrainingMethods.OfOutcomes, Names())))
            job.SaveModel(second);

        Assert.Equal(ScoreMeaning.Outcome, ModelFolder.LoadRewardModel(second).Config.Score);
        Assert.Contains(ModelFolder.LoadRewardModel(first).Tensors[TensorNames.Score].Values, weight => weight != 0);
        Assert.Equal(ModelFolder.LoadRewardModel(first).Tensors[TensorNames.Score].Values, ModelFolder.LoadRewardModel(second).Tensors[TensorNames.Score].Values);
    }

    [Fact]
    public void A_set_of_one_verdict_is_refused() =>
        Assert.Contains("one side only", Assert.Throws<DataRefusedException>(() => Open(TrainingMethods.OfOutcomes, new(Epochs: 1), [.. Names().Where(task => !IsGood(task))])).Message, StringComparison.Ordinal);

    private static IEnumerable<string> Names() => Enumerable.Range(0, Tasks).Select(task => $"tiny/train/{task}");

    private TrainingJob Open(string loss, TrainOptions options, string[]? tasks = null) => TrainingJob.Open(Work(loss, options), _model, Lines(loss, tasks ?? Names()));

    private static TrainWork Work(string loss, TrainOptions options) => new("reward", Digest.Of("model"u8), default, Digest.Of("data"u8), options with { Loss = loss }, Seed: 7);

    private static string[] Lines(string loss, IEnumerable<string> tasks) => loss == TrainingMethods.OfPairs
        ? Tiny.Lines([.. tasks.Select(Pair)])
        : Tiny.Lines([.. tasks.Select(task => new LabelledSequence(Said(task, Word(task)), IsGood(task)))]);

    private static PreferencePair Pair(string task) => new(Said(task, Words / 2 + Word(task) / 2), Said(task, Word(task) / 2));

    private static bool IsGood(string task) => Word(task) >= Words / 2;

    private static int Word(string task) => new Rng(Seed.Of(task)).Below(Words);

    private static TokenSequence Said(string task, int word) => new(task, 0, [5, 6, 7, 100 + word], [[3, 1]]);
}
