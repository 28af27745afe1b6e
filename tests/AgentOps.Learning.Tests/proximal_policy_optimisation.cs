using AgentOps.Contracts;
using AgentOps.Models;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Proximal_policy_optimisation : IDisposable
{
    private readonly Folders _folders = new();
    private readonly string _model;

    public Proximal_policy_optimisation()
    {
        _model = _folders.New();
        using var policy = Tiny.Policy();
        policy.Save(_model);
    }

    public void Dispose() => _folders.Dispose();

    [Fact]
    public void A_values_loss_is_the_square_of_its_distance()
    {
        using var scope = NewDisposeScope();
        var values = new ValueBatch(Row(1, 1), Row(0.5f, 0.5f), Row(1, 0));

        // (0² + 1²)/2.
        Assert.Equal(0.5, Ppo.ValueLoss(values, clip: null).ToDouble(), 6);
        // No further than 0.2 from 0.5 it is 0.7: the larger of 0 and 0.3², and of 1 and 0.7², over 2.
        Assert.Equal(0.545, Ppo.ValueLoss(values, clip: 0.2).ToDouble(), 6);
    }

    [Fact]
    public void Entropy_is_that_of_the_whole_distribution()
    {
        using var scope = NewDisposeScope();
        // 1/2, 1/4, 1/4, 0: 1/2 · log 2 + 2 · 1/4 · log 4 = 1.5 log 2. Four alike: log 4.
        var entropy = Numbers.Of(Entropy.OfTokens(tensor([MathF.Log(2) + 3, 3, 3, -50, 7, 7, 7, 7], [2, 4])));

        Tiny.Close([(float)(1.5 * Math.Log(2)), (float)Math.Log(4)], entropy, 1e-6);
    }

    [Fact]
    public void Their_gradients_are_those_of_finite_differences()
    {
        Tensor Constant(params double[] values) => tensor(values, [values.Length]);

        FiniteDifferences.Agree(now => Ppo.ValueLoss(new(now, Constant(0.5, 0.4, 0.1), Constant(1, 0, 0.3)), clip: null), [0.9, 0.5, -0.2]);
        FiniteDifferences.Agree(now => Ppo.ValueLoss(new(now, Constant(0.5, 0.4, 0.1), Constant(1, 0, 0.3)), clip: 0.2), [0.9, 0.5, -0.2]);
        FiniteDifferences.Agree(logits => Entropy.OfTokens(logits.reshape(2, 3)).sum(), [0.1, -2, 1, 0.5, 0.4, -0.3]);
    }

    [Fact]
    public void The_value_heads_gradient_is_that_of_finite_differences_and_goes_on_into_the_transformer()
    {
        using var policy = Tiny.Policy();
        using var head = new ValueHead(policy.Transformer.Config.HiddenSize);
        Numbers.Set(head.Parameters[1].Parameter, [.. Enumerable.Range(0, 16).Select(i => 0.1f * (i % 5 - 2))]);
        var sequences = Tiny.Sequences(3);
        var batch = TokenBatch.Of(sequences, CPU);

        FiniteDifferences.Agree([.. policy.Parameters.Where(named => !named.name.StartsWith("lm_head", StringComparison.Ordinal)), .. head.Parameters], () =>
            Ppo.ValueLoss(new(Values(policy, head, sequences, batch), Row(0, 0, 0, 0, 0, 0), Row(1, 0, 0.5f, 1, 0, 0.2f)), clip: null));
    }

    [Fact]
    public void A_turn_is_valued_where_its_first_token_is_predicted()
    {
        using var scope = NewDisposeScope();
        // Turns at 1 and 3 in the first row, at 2 in the second; the batch is 9 tokens wide.
        Assert.Equal([0L, 2, 10], ValueHead.Places([Tiny.Sequence([1, 2, 3, 4, 5], [1, 1], [3, 2]), Tiny.Sequence([1, 2, 3], [2, 1])], starts: [0, 9]).data<long>().ToArray());
    }

    [Fact]
    public void The_value_head_learns_a_reward_that_is_always_the_same()
    {
        using var job = OnlineJob.Open(Work(80, new(LearningRate: 1e-3)), _model);

        double[] losses = [.. Enumerable.Range(0, 80).Select(_ => Assert.Single(job.Learn([Episode(7, 0.7), Episode(9, 0.7)], failed: 0)).Metrics["valueLoss"])];

        // It begins at 0: (0 - 0.7)².
        Assert.Equal(0.49, losses[0], 6);
        Assert.InRange(losses[^1], 0, 1e-3);
    }

    [Fact]
    public void All_of_an_iterations_steps_learn_from_what_the_values_were_before_the_first()
    {
        var options = new OnlineOptions(LearningRate: 1e-2, Lambda: 0);
        Rollout[] played = [Episode(7, 1)];
        using var job = OnlineJob.Open(Work(2, options with { Epochs = 2 }), _model);
        var second = job.Learn(played, failed: 0).Last().Metrics["valueLoss"];

        // The same first step, after which the two values can be looked at.
        var (model, state) = (_folders.New(), _folders.New());
        using (var once = OnlineJob.Open(Work(2, options), _model))
        {
            Assert.Single(once.Learn(played, failed: 0));
            once.SaveModel(model);
            once.SaveState(state);
        }
        using var policy = Policy.Load(model);
        using var head = new ValueHead(16);
        foreach (var (name, parameter) in head.Parameters)
            Numbers.Set(parameter, Safetensors.Read(Path.Combine(state, "weights.safetensors"))[name].Values);
        TokenSequence[] sequences = [new("a", 0, played[0].Ids, played[0].Trained)];
        using var scope = NewDisposeScope();
        var values = Numbers.Of(Values(policy, head, sequences, TokenBatch.Of(sequences, CPU)));

        // With λ = 0 the first turn should have the second's value, which was 0, and the second the reward.
        Assert.Equal((values[0] * values[0] + (1 - values[1]) * (1 - values[1])) / 2, second, 5);
        Assert.True(Math.Abs(values[1]) > 0.1);
    }

    [Fact]
    public void The_saved_model_has_no_value_head()
    {
        using var job = OnlineJob.Open(Work(1, new()), _model);
        Assert.NotEmpty(job.Learn([Episode(7, 1), Episode(9, 0)], failed: 0));
        var folder = _folders.New();
        job.SaveModel(folder);

        Assert.Equal(Names(_model), Names(folder));

        static IEnumerable<string> Names(string model) => Safetensors.Read(Path.Combine(model, "model.safetensors")).Keys.Order(StringComparer.Ordinal);
    }

    [Fact]
    public void A_single_episode_of_a_task_is_learned_from()
    {
        using var job = OnlineJob.Open(Work(1, new()), _model);

        Assert.Equal(0, Assert.Single(job.Learn([Episode(7, 1), Episode(9, 0)], failed: 0)).Metrics["tied"]);
        Assert.Equal(new BalanceSheet(2, 2), job.Balance);
    }

    [Fact]
    public void Where_all_went_alike_the_head_learns_and_no_action_becomes_more_likely()
    {
        Rollout[] played = [Episode(7, 0.5), Episode(9, 0.5)];

        // What the head says of them differs already: that it does is no advantage.
        Assert.All(Ppo.Weigh(played, [[0.1, 0.4], [0.3, -0.2]], new(new())), weighted =>
        {
            Assert.Equal([0, 0], weighted.Advantages);
            Assert.All(weighted.Values!.Returns, value => Assert.Equal(0.5, value, 12));
        });

        using var job = OnlineJob.Open(Work(1, new()), _model);
        var report = Assert.Single(job.Learn(played, failed: 0));
        Assert.Equal(1, report.Metrics["tied"]);
        Assert.Equal(0.1 * report.Metrics["valueLoss"], report.Metrics["loss"], 6);
        Assert.Equal(new BalanceSheet(2, 0, Tied: 2), job.Balance);
    }

    public static TheoryData<OnlineOptions, string> Wrong => new()
    {
        { new(Lambda: 1.5), "'lambda' must lie between 0 and 1, not at 1.5." },
        { new(Discount: -0.1), "'discount' must lie between 0 and 1, not at -0.1." },
        { new(ValueWeight: 0), "'valueWeight' must be a number above 0, not 0." },
        { new(ValueClip: double.NaN), "'valueClip' must be a number above 0, not NaN." },
        { new(Entropy: -1), "'entropy' must be 0 or a number above, not -1." },
        { new(ObservationWeight: -1), "'observationWeight' must be 0 or a number above, not -1." },
        { new(Epochs: 0), "'epochs' must lie between 1 and 100, not at 0." },
        { new(StateWeight: 1), "A training is refused: the method ppo has no setting 'stateWeight', which is one of gigpo." },
        { new(Scale: "none"), "A training is refused: the method ppo has no setting 'scale', which is one of grpo and gigpo." },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void A_setting_that_makes_no_sense_is_refused_in_one_sentence(OnlineOptions options, string said) =>
        Assert.Equal(said, Assert.Throws<ArgumentException>(() => OnlineJob.Open(Work(1, options), _model)).Message);

    private static Tensor Values(Policy policy, ValueHead head, TokenSequence[] sequences, TokenBatch batch) =>
        head.Of(LogProbs.Hidden(policy.Transformer, batch).index_select(0, ValueHead.Places(sequences, batch.Starts)));

    /// <summary>Two turns of a token each.</summary>
    private static Rollout Episode(int token, double reward) => new($"task {token}", [5, 6, token, 8, 9, 10], [[2, 1], [5, 1]], [-1f, -2f], reward, ["say something", "go on"]);

    private static OnlineTrainWork Work(int iterations, OnlineOptions options) => new("ppo", Digest.Of("model"u8), "tiny", "train", 0, 2, 1, iterations, options, Seed: 3);

    private static Tensor Row(params float[] values) => tensor(values, [values.Length]);
}
