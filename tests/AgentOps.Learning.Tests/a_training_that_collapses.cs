using AgentOps.Contracts;

namespace AgentOps.Learning.Tests;

public sealed class A_training_that_collapses : IDisposable
{
    private readonly Folders _folders = new();
    private readonly string _model;

    public A_training_that_collapses()
    {
        _model = _folders.New();
        using var policy = Tiny.Policy();
        policy.Save(_model);
    }

    public void Dispose() => _folders.Dispose();

    [Theory]
    // Means of three: 0.6, 0.4; then 0.2, which is not below half of 0.4 but of 0.6.
    [InlineData(0.5, new[] { 0.6f, 0.6f, 0.6f, 0, 0 }, "the environment's mean reward over the last 3 iterations is 0.2, which is below 0.5 (rewardBelow) of 0.6, its best")]
    [InlineData(0.3, new[] { 0.6f, 0.6f, 0.6f, 0, 0 }, null)]
    // One bad iteration, or two apart, are none: 0.6, 0.4, 0.4.
    [InlineData(0.5, new[] { 0.6f, 0.6f, 0.6f, 0, 0.6f }, null)]
    // The best need not be the first: 0.1, 0.3667, 0.6333, 0.6, 0.3.
    [InlineData(0.5, new[] { 0.1f, 0.1f, 0.1f, 0.9f, 0.9f, 0, 0 }, "is 0.3, which is below 0.5 (rewardBelow) of 0.6333, its best")]
    // Nothing was ever earned: nothing has fallen.
    [InlineData(0.5, new float[] { 0, 0, 0, 0, 0 }, null)]
    [InlineData(0.9, new[] { 0.6f, 0.1f, 0 }, null)]
    public void Its_reward_is_compared_with_its_best(double share, float[] rewards, string? said) => AssertSaid(said, CollapseWatch.Objection(new(RewardBelow: share), rewards, new float[rewards.Length]));

    [Theory]
    // Means of three: 1, 0.7, 0.4.
    [InlineData(0.5, new[] { 1, 1, 1, 0.1f, 0.1f }, "the mean entropy over the last 3 iterations is 0.4, which is below 0.5 (entropyBelow) of 1, where it began")]
    [InlineData(0.3, new[] { 1, 1, 1, 0.1f, 0.1f }, null)]
    // Only where it began counts: 0.3, 1, 0.3 again.
    [InlineData(0.5, new[] { 0.3f, 0.3f, 0.3f, 2.4f, 0.3f, 0.3f, 0.3f }, null)]
    public void Its_entropy_is_compared_with_where_it_began(double share, float[] entropies, string? said) => AssertSaid(said, CollapseWatch.Objection(new(EntropyBelow: share), new float[entropies.Length], entropies));

    [Fact]
    public void It_ends_with_a_sentence_before_anything_is_learned_from_the_iteration()
    {
        using var job = Open(new(RewardBelow: 0.5));
        foreach (var reward in new[] { 1, 1, 1, 0 })
            Learn(job, reward);
        var (before, books) = (Saved(job), job.Balance);

        Assert.Equal(
            "The training was stopped at iteration 4, counted from 0: the environment's mean reward over the last 3 iterations is 0.3333, which is below 0.5 (rewardBelow) of 1, its best. Start again with a lower learning rate, or with more weight on 'kl' or 'entropy'.",
            Assert.Throws<TrainingCollapsedException>(() => Learn(job, 0)).Message);
        // Its two episodes were played and nothing was learned from them.
        Assert.Equal((4, books with { In = books.In + 2, Failed = 2 }), (job.Iteration, job.Balance));
        Assert.Equal(before, Saved(job));
    }

    [Fact]
    public void Without_a_rule_it_goes_on()
    {
        using var job = Open(null);
        foreach (var reward in new[] { 1, 1, 1, 0, 0, 0 })
            Learn(job, reward);

        Assert.Equal(6, job.Iteration);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Resumed_after_any_iteration_it_ends_at_the_same_one(int after)
    {
        var rule = new StopRule(RewardBelow: 0.5);
        double[] rewards = [1, 1, 1, 0, 0];
        var state = _folders.New();
        using (var job = Open(rule))
        {
            foreach (var reward in rewards[..after])
                Learn(job, reward);
            job.SaveState(state);
        }

        using var resumed = Open(rule, state);
        foreach (var reward in rewards[after..^1])
            Learn(resumed, reward);
        Assert.Throws<TrainingCollapsedException>(() => Learn(resumed, rewards[^1]));
    }

    [Fact]
    public void It_is_the_environments_reward_that_counts_whatever_the_training_is_rewarded_for()
    {
        // Turns cost, so that the training's own reward is negative throughout.
        using var job = Open(new(RewardBelow: 0.5), reward: new(Turn: -1));
        foreach (var reward in new[] { 1, 1, 1, 0 })
            Learn(job, reward);

        Assert.Throws<TrainingCollapsedException>(() => Learn(job, 0));
    }

    public static TheoryData<StopRule, int, string> Wrong => new()
    {
        { new(RewardBelow: 1), 9, "'rewardBelow' must lie between 0 and 1, both excluded, not at 1." },
        { new(EntropyBelow: double.NaN), 9, "'entropyBelow' must lie between 0 and 1, both excluded, not at NaN." },
        { new(), 9, "A training is refused: 'stop' has no rule: name some of rewardBelow, entropyBelow, or leave it out." },
        { new(RewardBelow: 0.5), 3, "A training is refused: 'stop' compares means over 3 iterations, and after 3 there is nothing to compare with: play more, or leave it out." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_rule_that_makes_no_sense_is_refused(StopRule rule, int iterations, string said) =>
        Assert.Equal(said, Assert.Throws<ArgumentException>(() => Open(rule, iterations: iterations)).Message);

    private OnlineJob Open(StopRule? rule, string? state = null, int iterations = 9, RewardWeights? reward = null) =>
        OnlineJob.Open(new("grpo", Digest.Of("model"u8), "tiny", "train", 0, 1, 2, iterations, new(Stop: rule, Reward: reward), Seed: 3), _model, state);

    private static void Learn(OnlineJob job, double reward) =>
        Tiny.TakesNoStep(job.Learn([Advantages_among_episodes.Episode(reward, "there"), Advantages_among_episodes.Episode(reward, "there")], failed: 0));

    private float[] Saved(OnlineJob job)
    {
        var folder = _folders.New();
        job.SaveModel(folder);
        using var policy = Policy.Load(folder);
        return Tiny.Weights(policy);
    }

    private static void AssertSaid(string? said, string? objection)
    {
        if (said is null)
            Assert.Null(objection);
        else
            Assert.EndsWith(said, objection, StringComparison.Ordinal);
    }
}
