using AgentOps.Contracts;
using AgentOps.Environments;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

/// <summary>One turn, one token: the model says one of 300, and is rewarded for the upper half of them.</summary>
public sealed class Learning_from_what_it_plays : IDisposable
{
    private const int Groups = 4;
    private const int Samples = 16;
    private readonly Folders _folders = new();
    private readonly string _model;

    public Learning_from_what_it_plays()
    {
        _model = _folders.New();
        using var policy = Tiny.Policy();
        policy.Save(_model);
    }

    public void Dispose() => _folders.Dispose();

    [Theory]
    [InlineData("reinforce")]
    [InlineData("grpo")]
    [InlineData("gigpo")]
    [InlineData("ppo")]
    public void What_is_rewarded_becomes_more_likely(string method)
    {
        var work = Work(method, 30, new(LearningRate: 2e-2));
        using var job = OnlineJob.Open(work, _model);

        var rewards = Enumerable.Range(0, work.Iterations).Select(_ => Iterate(job).Average(rollout => rollout.Reward)).ToList();

        Assert.InRange(rewards[0], 0.3, 0.7);
        Assert.True(rewards[^1] > 0.95, $"The rewards were {string.Join(", ", rewards)}.");
        Assert.Equal(Groups * Samples * work.Iterations, job.Balance.In);
        // Towards the end there is nothing to tell apart any more.
        Assert.True(job.Balance.Tied > 0);
    }

    [Fact]
    public void A_divergence_from_the_start_holds_it_back()
    {
        // KL(end | start) over what it may say.
        double Moved(double kl)
        {
            using var job = OnlineJob.Open(Work("grpo", 20, new(LearningRate: 5e-3, Kl: kl)), _model);
            var start = Sayings(job);
            while (job.Iteration < 20)
                Iterate(job);
            return Sayings(job).Zip(start, (end, before) => Math.Exp(end) * (end - before)).Sum();
        }

        Assert.True(2 * Moved(kl: 10) < Moved(kl: 0), $"It moved by {Moved(kl: 10)} with it and by {Moved(kl: 0)} without.");
    }

    [Theory]
    [InlineData("reinforce", 0, null)]
    [InlineData("grpo", 0.5, 2)]
    [InlineData("gigpo", 0, null)]
    [InlineData("ppo", 0, 2)]
    [InlineData("ppo", 0.5, null)]
    public void Resumed_after_any_iteration_it_comes_to_the_same_bytes(string method, double kl, int? epochs)
    {
        var work = Work(method, 4, new(LearningRate: 1e-3, BatchTokens: 40, Kl: kl, Epochs: epochs, Entropy: kl / 10, ObservationWeight: kl));
        var whole = Weights(work, resumeAfter: null);

        for (var iteration = 1; iteration < work.Iterations; iteration++)
            Assert.Equal(whole, Weights(work, iteration));
    }

    [Fact]
    public void A_state_of_other_work_is_refused()
    {
        var folder = _folders.New();
        using (var job = OnlineJob.Open(Work("grpo", 4, new()), _model))
            job.SaveState(folder);

        Assert.Throws<InvalidDataException>(() => OnlineJob.Open(Work("grpo", 5, new()), _model, folder));
    }

    [Fact]
    public void Where_all_went_alike_no_weight_moves_and_the_sheet_says_so()
    {
        using var job = OnlineJob.Open(Work("grpo", 2, new()), _model);
        var before = Saved(job);

        var told = Assert.Single(job.Learn([Rollout("a", 5, 1), Rollout("a", 6, 1), Rollout("b", 7, 0), Rollout("b", 8, 0)], failed: 3));

        Assert.Equal((0, 1.0, 0.5), (told.Step, told.Metrics["tied"], told.Metrics["reward"]));
        // Another iteration comes, so it is not done.
        Assert.True(told.Steps > told.Step);
        Assert.Equal(before, Saved(job));
        Assert.Equal(new BalanceSheet(7, 0, Tied: 4, Failed: 3), job.Balance);
        Assert.Equal(1, job.Iteration);
    }

    [Fact]
    public void What_was_observed_is_learned_from_every_episode_where_it_has_a_weight()
    {
        using var job = OnlineJob.Open(Work("grpo", 2, new(LearningRate: 1e-3, ObservationWeight: 0.5)), _model);

        // Rewards that went alike say nothing: what is left is half of the observations' loss.
        var report = Assert.Single(job.Learn([Rollout("a", 5, 1), Rollout("a", 6, 1)], failed: 0));
        Assert.True(report.Metrics["observationLoss"] > 0);
        Assert.Equal(0.5 * report.Metrics["observationLoss"], report.Metrics["loss"], 5);
        Assert.Equal(1, report.Metrics["tied"]);
    }

    [Theory]
    [InlineData("reinforce", 0.5, 0)]
    [InlineData("grpo", 0.5, 0)]
    [InlineData("grpo", 0, 0.1)]
    [InlineData("gigpo", 0.5, 0.1)]
    public void Whatever_else_pulls_at_it_what_no_reward_tells_apart_is_tied(string method, double kl, double entropy)
    {
        using var job = OnlineJob.Open(Work(method, 2, new(LearningRate: 1e-3, Kl: kl, Entropy: entropy)), _model);

        Assert.All(job.Learn([Rollout("a", 5, 1), Rollout("a", 6, 1), Rollout("b", 7, 1), Rollout("b", 8, 0)], failed: 0).ToList(), report => Assert.Equal(0.5, report.Metrics["tied"]));

        Assert.Equal(new BalanceSheet(4, 2, Tied: 2), job.Balance);
    }

    [Theory]
    [InlineData("reinforce")]
    [InlineData("grpo")]
    [InlineData("gigpo")]
    public void An_episode_that_went_as_its_group_did_on_average_takes_part_with_it(string method)
    {
        using var job = OnlineJob.Open(Work(method, 2, new()), _model);

        // The four in the middle have an advantage of exactly 0, and tell the others apart all the same.
        var report = Assert.Single(job.Learn([.. new[] { 1, 1, 0, 0, 0, 0, -1, -1 }.Select((reward, i) => Rollout("a", 5 + i, reward))], failed: 0));

        // Eight episodes of three tokens.
        Assert.Equal((24L, 0.0), (report.Tokens, report.Metrics["tied"]));
        Assert.Equal(new BalanceSheet(8, 8), job.Balance);
    }

    [Fact]
    public void Episodes_of_different_tasks_are_not_compared()
    {
        using var job = OnlineJob.Open(Work("reinforce", 2, new()), _model);

        Assert.Equal(1, Assert.Single(job.Learn([Rollout("a", 5, 1), Rollout("b", 6, 0)], failed: 0)).Metrics["tied"]);
        Assert.Equal(2, job.Balance.Tied);
    }

    [Theory]
    [InlineData(float.NaN, 1)]
    [InlineData(-1f, double.NaN)]
    public void What_is_not_a_number_is_refused_before_a_weight_moves(float logp, double reward)
    {
        using var job = OnlineJob.Open(Work("grpo", 2, new()), _model);
        var before = Saved(job);
        var broken = Rollout("a", 5, reward) with { LogProbs = [logp] };

        Assert.Contains("not a number", Assert.Throws<InvalidDataException>(() => job.Learn([broken, Rollout("a", 6, 0)], failed: 0).ToList()).Message, StringComparison.Ordinal);
        Assert.Equal(before, Saved(job));
        Assert.Equal(new BalanceSheet(2, 0, Failed: 2), job.Balance);
    }

    public static TheoryData<int[], int[][], string> Unreadable => new()
    {
        { [5, Tiny.Vocabulary, 6], [[2, 1]], "outside the model's vocabulary" },
        { [5, 6, 7], [[0, 1]], "has the trained span [0, 1]" },
        { [5, 6, 7], [[3, 1]], "has the trained span [3, 1]" },
        { [.. Enumerable.Repeat(5, Tiny.Config().MaxPositions + 1)], [[2, 1]], "tokens, more than the model's" },
    };

    [Theory]
    [MemberData(nameof(Unreadable))]
    public void Tokens_that_are_not_the_models_are_refused_before_a_weight_moves(int[] ids, int[][] trained, string said)
    {
        using var job = OnlineJob.Open(Work("grpo", 2, new()), _model);
        var before = Saved(job);

        var refused = Assert.Throws<InvalidDataException>(() => job.Learn([Rollout("a", 5, 1) with { Ids = ids, Trained = trained }, Rollout("a", 6, 0)], failed: 0).ToList());

        Assert.Contains(said, refused.Message, StringComparison.Ordinal);
        Assert.Equal(before, Saved(job));
        Assert.Equal(new BalanceSheet(2, 0, Failed: 2), job.Balance);
    }

    [Fact]
    public void An_iteration_that_ends_in_a_step_that_is_not_finite_is_in_the_books_as_failed()
    {
        using var job = OnlineJob.Open(Work("reinforce", 3, new()), _model);
        Assert.Single(job.Learn([Rollout("a", 5, 1), Rollout("a", 6, 0)], failed: 1));

        // A number, and more than a float32 holds.
        Assert.Throws<NonFiniteStepException>(() => job.Learn([Rollout("a", 5, 1e300), Rollout("a", 6, 0)], failed: 3).ToList());

        Assert.Equal(1, job.Iteration);
        Assert.Equal(new BalanceSheet(8, 2, Failed: 1 + 5), job.Balance);
    }

    [Fact]
    public void Log_probabilities_that_do_not_fit_the_tokens_are_refused()
    {
        using var job = OnlineJob.Open(Work("grpo", 2, new()), _model);

        Assert.Throws<InvalidDataException>(() => job.Learn([Rollout("a", 5, 1) with { LogProbs = [-1f, -2f] }], failed: 0).ToList());
    }

    [Theory]
    [InlineData("reinforce", "the method reinforce has no setting 'clip', which is one of grpo, gigpo and ppo.")]
    [InlineData("trpo", "There is no online method 'trpo': use reinforce, grpo, gigpo, ppo.")]
    public void A_method_or_setting_that_is_not_there_is_refused(string method, string said) =>
        Assert.Contains(said, Assert.Throws<ArgumentException>(() => OnlineJob.Open(Work(method, 2, new(Clip: 0.1)), _model)).Message, StringComparison.Ordinal);

    [Fact]
    public void Every_epoch_sees_all_episodes_once_more()
    {
        using var job = OnlineJob.Open(Work("grpo", 1, new(Epochs: 3)), _model);

        var reports = job.Learn([Rollout("a", 5, 1), Rollout("a", 6, 0)], failed: 0).ToList();

        // One batch of two episodes of three tokens, three times; each episode is in the books once.
        Assert.Equal([6L, 12, 18], reports.Select(report => report.Tokens));
        Assert.All(reports, report => Assert.Equal(3, report.Steps));
        Assert.Equal(new BalanceSheet(2, 2), job.Balance);
    }

    [Fact]
    public void An_entropy_bonus_keeps_it_undecided()
    {
        double Left(double weight)
        {
            using var job = OnlineJob.Open(Work("grpo", 20, new(LearningRate: 5e-3, Entropy: weight)), _model);
            while (job.Iteration < 20)
                Iterate(job);
            return -Sayings(job).Sum(logp => Math.Exp(logp) * logp);
        }

        var (with, without) = (Left(0.5), Left(0));
        Assert.True(with > without + 0.1, $"{with} nats are left with it and {without} without.");
    }

    private static OnlineTrainWork Work(string method, int iterations, OnlineOptions options) =>
        new(method, Digest.Of("model"u8), "tiny", "train", 0, Groups, Samples, iterations, options, Seed: 3);

    private float[] Weights(OnlineTrainWork work, int? resumeAfter)
    {
        var state = _folders.New();
        var job = OnlineJob.Open(work, _model);
        try
        {
            while (job.Iteration < work.Iterations)
            {
                Iterate(job);
                if (job.Iteration != resumeAfter)
                    continue;
                job.SaveState(state);
                job.Dispose();
                job = OnlineJob.Open(work, _model, state);
            }
            return Saved(job);
        }
        finally
        {
            job.Dispose();
        }
    }

    private float[] Saved(OnlineJob job)
    {
        var folder = _folders.New();
        job.SaveModel(folder);
        using var policy = Policy.Load(folder);
        return Tiny.Weights(policy);
    }

    /// <summary>Plays with the model as it is now and learns from that.</summary>
    private List<Rollout> Iterate(OnlineJob job)
    {
        var logp = Sayings(job);
        var rng = new Rng((ulong)job.Iteration);
        List<Rollout> played = [.. Enumerable.Range(0, Groups * Samples).Select(episode => Said(episode / Samples, Draw(logp, rng)))];
        foreach (var report in job.Learn(played, failed: 0))
            Assert.All(report.Metrics.Values, value => Assert.True(double.IsFinite(value)));
        return played;

        Rollout Said(int task, int token) => Rollout($"task {task}", token, token >= Tiny.Vocabulary / 2 ? 1 : 0) with { LogProbs = [logp[token]] };
    }

    private float[] Sayings(OnlineJob job)
    {
        var folder = _folders.New();
        job.SaveModel(folder);
        using var policy = Policy.Load(folder);
        using var scope = NewDisposeScope();
        using var frozen = no_grad();
        return Numbers.Of(nn.functional.log_softmax(policy.Transformer.Head(policy.Transformer.Hidden(tensor(new long[] { 5, 6 }, [1, 2]))).narrow(1, 1, 1).flatten(), 0));
    }

    private static int Draw(float[] logp, Rng rng)
    {
        var at = rng.Below(1_000_000) / 1e6;
        for (var token = 0; token < logp.Length; token++)
            if ((at -= Math.Exp(logp[token])) < 0)
                return token;
        return logp.Length - 1;
    }

    private static Rollout Rollout(string task, int token, double reward) => new(task, [5, 6, token], [[2, 1]], [-1f], reward, ["say something"]);
}
