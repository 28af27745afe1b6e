using AgentOps.Contracts;

namespace AgentOps.Learning.Tests;

public sealed class Learning_in_a_team : IDisposable
{
    private readonly Folders _folders = new();

    public void Dispose() => _folders.Dispose();

    [Fact]
    public void A_role_is_compared_with_itself_in_other_episodes_of_the_task_and_with_no_other_role()
    {
        // The planner's rewards are 1 and 0, the worker's 0.4 and 0.2: leave-one-out ±1 and ±0.2. In one group the four would be 1 - 0.2 and so on.
        Rollout[] played = [Part("planner", 1), Part("worker", 0.4), Part("planner", 0), Part("worker", 0.2)];
        var method = OnlineMethod.Comparing(group => Advantages.OfEpisodes(group, Advantages.LeaveOneOut), _ => throw new InvalidOperationException());

        var weighted = method.Weigh(played, null);

        Assert.Equal(["planner", "planner", "worker", "worker"], weighted.Select(part => part.Rollout.Role));
        Close([1, -1, 0.2, -0.2], [.. weighted.Select(part => part.Advantages[0])]);
    }

    [Fact]
    public void Where_each_role_ties_with_itself_nothing_moves_though_the_roles_differ()
    {
        using var job = Open(new());

        Tiny.TakesNoStep(job.Learn([Part("planner", 1), Part("planner", 1), Part("worker", 0), Part("worker", 0)], failed: 2));
        Assert.Equal(new BalanceSheet(In: 6, Used: 0, Tied: 4, Failed: 2), job.Balance);
    }

    [Fact]
    public void Shared_credit_pays_every_role_for_the_whole_episode_and_split_credit_for_its_own_turns()
    {
        // Of the role's own two turns one was invalid; the others took three, two of them invalid.
        var part = Part("worker", 1, [false, true]) with { OfOthers = new(3, 2) };
        var weights = new RewardWeights(Success: 1, InvalidAction: -0.1, Turn: -0.01);

        var shared = RewardParts.Weighed(part, weights);
        // 1 - 0.1 · 3 - 0.01 · 5. Its own turns cost what they cost; the others' come with its last.
        Assert.Equal(0.65, shared.Reward, 12);
        Close([-0.01, 0.66], shared.ByTurn());
        Assert.Equal(shared.Reward, RewardParts.Weighed(part, weights, OnlineOptions.Shared).Reward);

        var split = RewardParts.Weighed(part, weights, OnlineOptions.Split);
        // 1 - 0.1 - 0.01 · 2.
        Assert.Equal(0.88, split.Reward, 12);
        Close([-0.01, 0.89], split.ByTurn());
    }

    [Fact]
    public void What_each_part_earned_is_reported_as_it_was_credited()
    {
        var weights = new RewardWeights(Success: 1, Turn: -0.01);
        Rollout[] played = [Part("worker", 1, [false, false]) with { OfOthers = new(3, 0) }, Part("worker", 0, [false, false]) with { OfOthers = new(5, 0) }];
        double Turns(string? credit)
        {
            using var job = Open(new(Reward: weights, Credit: credit));
            return Assert.Single(job.Learn(played, failed: 0)).Metrics["reward.turn"];
        }

        // Five and seven turns, or two and two.
        Assert.Equal(-0.06, Turns(null), 12);
        Assert.Equal(-0.02, Turns("split"), 12);
    }

    [Fact]
    public void A_reward_model_and_split_credit_with_nothing_to_split_are_refused()
    {
        Assert.Contains("a reward model scores whole episodes, and a role's part is none",
            Assert.Throws<ArgumentException>(() => Open(new(Reward: new(Model: 1)), rewardModel: Digest.Of("scores"u8))).Message);
        Assert.Contains("the reward counts neither", Assert.Throws<ArgumentException>(() => Open(new(Credit: "split"))).Message);
    }

    private OnlineJob Open(OnlineOptions options, Digest? rewardModel = null)
    {
        var model = _folders.New();
        using (var policy = Tiny.Policy())
            policy.Save(model);
        return OnlineJob.Open(new("grpo", Digest.Of("model"u8), "crew", "train", 0, 1, 2, 1, options, Seed: 3, RewardModel: rewardModel), model);
    }

    private static Rollout Part(string role, double reward, bool[]? invalid = null)
    {
        var turns = invalid ?? [false];
        return new("crew/train/0", [5, 6, .. turns.SelectMany((_, turn) => new[] { 7 + turn, 9 })], [.. turns.Select((_, turn) => new[] { 2 + 2 * turn, 1 })], [.. turns.Select(_ => -1f)], reward,
            [.. turns.Select(_ => "there")], turns, Role: role, OfOthers: new(0, 0));
    }

    private static void Close(double[] expected, double[] actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 12));
    }
}
