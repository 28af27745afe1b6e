using AgentOps.Contracts;
using AgentOps.Models;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

/// <summary>One turn, one token, of which a reward model thinks what it will; the environment's reward is another.</summary>
public sealed class Rewards_of_a_model : IDisposable
{
    private static readonly Digest Scorer = Digest.Of("scorer"u8);
    private readonly Folders _folders = new();
    private readonly string _model;

    public Rewards_of_a_model()
    {
        _model = _folders.New();
        using var policy = Tiny.Policy();
        policy.Save(_model);
    }

    public void Dispose() => _folders.Dispose();

    [Theory]
    [InlineData(ScoreMeaning.Preference)]
    [InlineData(ScoreMeaning.Outcome)]
    public void An_episode_earns_its_score_or_of_outcomes_its_probability_and_the_environments_reward_stands_beside_it(ScoreMeaning meaning)
    {
        var scores = new[] { 7, 9 }.Select(token => Score(meaning, token)).ToArray();
        using var job = Open(Saved(meaning), new(Reward: new(Reward: 1, Model: 0.5)));

        var metrics = Assert.Single(job.Learn([Episode(7, 1), Episode(9, 0)], failed: 0)).Metrics;

        var meant = scores.Select(score => meaning == ScoreMeaning.Preference ? score : 1 / (1 + Math.Exp(-score))).ToArray();
        Assert.Equal(0.5 * meant.Average(), metrics["reward.model"], 4);
        Assert.Equal(0.5, metrics["reward.reward"], 12);
        Assert.Equal(0.5 + 0.5 * meant.Average(), metrics["reward"], 4);
        Assert.Equal(0.5, metrics["environmentReward"], 12);
        Assert.NotEqual(meant[0], meant[1], 3);
    }

    [Fact]
    public void The_score_comes_with_the_last_turn() =>
        Assert.Equal([-0.01, 0.49], RewardParts.Weighed(Advantages_among_episodes.Episode(0, "a", "b") with { Score = 2 }, new(Turn: -0.01, Model: 0.25)).ByTurn());

    [Theory]
    [InlineData("reinforce")]
    [InlineData("grpo")]
    [InlineData("gigpo")]
    [InlineData("ppo")]
    public void What_scores_higher_becomes_more_likely_whatever_the_environment_says(string method)
    {
        var (better, worse) = Score(ScoreMeaning.Preference, 7) > Score(ScoreMeaning.Preference, 9) ? (7, 9) : (9, 7);
        using var job = Open(Saved(ScoreMeaning.Preference), new(Reward: new(Model: 1), LearningRate: 1e-3), method);

        // The environment prefers the other one.
        Assert.Single(job.Learn([Episode(better, 0), Episode(worse, 1)], failed: 0));

        Assert.True(LogProb(job, better) - LogProb(null, better) > LogProb(job, worse) - LogProb(null, worse));
    }

    [Fact]
    public void The_rule_that_stops_sees_the_environments_reward()
    {
        using var job = Open(Saved(ScoreMeaning.Preference), new(Reward: new(Model: 1), Stop: new(RewardBelow: 0.5)), iterations: 9);
        // The mean of three falls from 1 to 0.7 and to 0.4, whatever the scores are.
        foreach (var reward in new[] { 1.0, 1, 1, 0.1 })
            Assert.NotEmpty(job.Learn([Episode(7, reward), Episode(9, reward)], failed: 0).ToList());

        Assert.Throws<TrainingCollapsedException>(() => job.Learn([Episode(7, 0.1), Episode(9, 0.1)], failed: 0).ToList());
    }

    [Fact]
    public void Episodes_of_the_same_tokens_tie()
    {
        using var job = Open(Saved(ScoreMeaning.Preference), new(Reward: new(Model: 1), BatchTokens: 64));

        // A batch of 21 rows and one of a single row: alone a score may differ in its last digits.
        Tiny.TakesNoStep(job.Learn([.. Enumerable.Range(0, 22).Select(i => Episode(7, i % 2))], failed: 0));
        Assert.Equal(new BalanceSheet(22, 0, Tied: 22), job.Balance);
    }

    [Fact]
    public void A_score_does_not_depend_on_what_else_was_played()
    {
        using var scores = EpisodeScores.Open(Saved(ScoreMeaning.Outcome));
        Rollout[] played = [.. Enumerable.Range(4, 40).Select(token => token % 3 == 0 ? Long(token) : Episode(token, 0))];

        var together = scores.Of(played, batchTokens: 64).Select(rollout => rollout.Score);

        Assert.Equal(played.Select(rollout => scores.Of([rollout], batchTokens: 64)[0].Score), together);
        Assert.Empty(scores.Of([], batchTokens: 64));
    }

    [Theory]
    [InlineData(null, "grpo")]
    [InlineData(2, "ppo")]
    public void Resumed_after_any_iteration_it_comes_to_the_same_bytes(int? epochs, string method)
    {
        var scorer = Saved(ScoreMeaning.Outcome);
        OnlineOptions options = new(Reward: new(Model: 1, Turn: -0.1), LearningRate: 1e-3, Epochs: epochs);
        var whole = Ended(after: null);

        Assert.Equal(whole, Ended(after: 1));
        Assert.Equal(whole, Ended(after: 2));

        float[] Ended(int? after)
        {
            var state = _folders.New();
            var job = Open(scorer, options, method, iterations: 3);
            for (var iteration = 0; iteration < 3; iteration++)
            {
                foreach (var _ in job.Learn([Episode(7 + iteration, 0), Long(9 + iteration)], failed: 0)) ;
                if (job.Iteration != after)
                    continue;
                job.SaveState(state);
                job.Dispose();
                job = OnlineJob.Open(Work(options, method, 3), _model, state, rewardModelFolder: scorer);
            }
            using (job)
                return Weights(job);
        }
    }

    [Fact]
    public void A_score_that_is_no_number_ends_the_training_with_a_sentence_and_moves_no_weight()
    {
        using var job = Open(Saved(ScoreMeaning.Outcome, model => Numbers.Set(model.Parameters.Single(named => named.name == TensorNames.Score).parameter, [.. Enumerable.Repeat(float.NaN, 16)])), new(Reward: new(Model: 1)));
        var before = Weights(job);

        var refused = Assert.Throws<InvalidDataException>(() => job.Learn([Episode(7, 0), Episode(9, 1)], failed: 0).ToList());

        Assert.Equal("The reward model's score of an episode of task is NaN, which is not a finite number: train the reward model with a lower learning rate.", refused.Message);
        Assert.Equal(before, Weights(job));
    }

    [Fact]
    public void A_reward_model_of_another_tokenizer_is_refused()
    {
        var other = BpeTokenizer.Train(["something else entirely"], Tiny.Vocabulary, ChatTokens.All);
        using var model = new Policy(Tiny.Config() with { Score = ScoreMeaning.Preference }, other);
        Initialisation.Apply(model.Transformer, 1);
        var folder = _folders.New();
        model.Save(folder);

        Assert.Contains("another tokenizer than the policy", Assert.Throws<ArgumentException>(() => Open(folder, new(Reward: new(Model: 1)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void An_episode_longer_than_the_reward_models_context_is_refused()
    {
        using var model = new Policy(Tiny.Config() with { Score = ScoreMeaning.Preference, MaxPositions = 4 }, Tiny.Tokenizer);
        Initialisation.Apply(model.Transformer, 1);
        var folder = _folders.New();
        model.Save(folder);
        using var job = Open(folder, new(Reward: new(Model: 1)));

        Assert.Contains("has 6 tokens and cannot be scored: the reward model has 4 positions.", Assert.Throws<InvalidDataException>(() => job.Learn([Long(7)], failed: 0).ToList()).Message, StringComparison.Ordinal);
    }

    public static TheoryData<RewardWeights?, bool, string> Wrong => new()
    {
        { new(Model: 1), false, "'reward' has a part 'model', and no reward model is named" },
        { new(Success: 1, Model: 0), false, "'reward' has a part 'model', and no reward model is named" },
        { new(Success: 1), true, "'rewardModel' names a model that counts for nothing" },
        { new(Success: 1, Model: 0), true, "'rewardModel' names a model that counts for nothing" },
        { null, true, "'rewardModel' names a model that counts for nothing" },
        { new(Model: double.NaN), true, "is not a finite number" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_part_without_a_model_and_a_model_without_a_part_are_refused(RewardWeights? weights, bool hasModel, string said)
    {
        var work = Work(new(Reward: weights), "grpo", 2) with { RewardModel = hasModel ? Scorer : null };

        Assert.Contains(said, Assert.Throws<ArgumentException>(() => OnlineJob.Open(work, _model, rewardModelFolder: hasModel ? Saved(ScoreMeaning.Outcome) : null)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_its_folder_it_does_not_begin() =>
        Assert.Contains("needs the folder of its reward model", Assert.Throws<ArgumentException>(() => OnlineJob.Open(Work(new(Reward: new(Model: 1)), "grpo", 2), _model)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_episode_without_a_score_has_no_such_reward() =>
        Assert.Contains("has no score of a reward model", Assert.Throws<InvalidDataException>(() => RewardParts.Weighed(Episode(7, 1), new(Model: 1))).Message, StringComparison.Ordinal);

    private OnlineJob Open(string scorer, OnlineOptions options, string method = "grpo", int iterations = 2) => OnlineJob.Open(Work(options, method, iterations), _model, rewardModelFolder: scorer);

    private static OnlineTrainWork Work(OnlineOptions options, string method, int iterations) => new(method, Digest.Of("model"u8), "tiny", "train", 0, 1, 2, iterations, options, Seed: 3, RewardModel: Scorer);

    private string Saved(ScoreMeaning meaning, Action<Policy>? change = null)
    {
        using var model = Tiny.RewardModel(seed: 8, meaning);
        change?.Invoke(model);
        var folder = _folders.New();
        model.Save(folder);
        return folder;
    }

    private static double Score(ScoreMeaning meaning, int token)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.RewardModel(seed: 8, meaning);
        return Numbers.Of(RewardModel.Scores(model, [Tiny.Sequence([5, 6, token], [2, 1])]))[0];
    }

    private double LogProb(OnlineJob? job, int token)
    {
        var folder = _model;
        if (job is not null)
            job.SaveModel(folder = _folders.New());
        using var policy = Policy.Load(folder);
        using var scope = NewDisposeScope();
        return LogProbs.Of(policy.Transformer, TokenBatch.Of([Tiny.Sequence([5, 6, token], [2, 1])], CPU)).sum().ToDouble();
    }

    private float[] Weights(OnlineJob job)
    {
        var folder = _folders.New();
        job.SaveModel(folder);
        using var policy = Policy.Load(folder);
        return Tiny.Weights(policy);
    }

    private static Rollout Episode(int token, double reward) => new("task", [5, 6, token], [[2, 1]], [-1f], reward, ["say something"]);

    private static Rollout Long(int token) => new("task", [5, 6, 10, 11, 12, token], [[2, 1], [5, 1]], [-1f, -1f], 0, ["say something", "go on"]);
}
