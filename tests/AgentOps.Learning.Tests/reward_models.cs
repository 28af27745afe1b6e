using System.Text;
using AgentOps.Contracts;
using AgentOps.Models;
using AgentOps.Models.Decoding;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Reward_models : IDisposable
{
    private readonly Folders _folders = new();

    public void Dispose() => _folders.Dispose();

    [Fact]
    public void The_loss_of_pairs_is_that_of_the_paper()
    {
        using var scope = NewDisposeScope();
        // Leads of 1 and -2: -log σ(1) = log(1 + e^-1) = 0.313262, -log σ(-2) = log(1 + e^2) = 2.126928.
        var margins = BradleyTerry.Margins(Row(1, 0), Row(0, 2));

        Assert.Equal((0.313262 + 2.126928) / 2, Dpo.Loss(margins).ToDouble(), 1e-5);
    }

    [Fact]
    public void The_loss_of_outcomes_is_the_cross_entropy_of_their_labels()
    {
        using var scope = NewDisposeScope();
        double[] scores = [2, -1, 1];
        bool[] accepted = [true, false, false];
        // -(y log p + (1 - y) log(1 - p)) with p = 1/(1 + e^-s).
        var expected = scores.Zip(accepted, (score, yes) => 1 / (1 + Math.Exp(-score)) is var p && yes ? -Math.Log(p) : -Math.Log(1 - p)).Average();

        Assert.Equal(expected, Dpo.Loss(OutcomeReward.Margins(Row(2, -1, 1), Row(1, -1, -1))).ToDouble(), 5);
    }

    [Fact]
    public void Their_gradients_are_those_of_finite_differences()
    {
        Tensor Constant(params double[] values) => tensor(values, [values.Length]);

        FiniteDifferences.Agree(chosen => Dpo.Loss(BradleyTerry.Margins(chosen, Constant(0.5, -0.4, 2))), [0.3, 0.9, -1.2]);
        FiniteDifferences.Agree(rejected => Dpo.Loss(BradleyTerry.Margins(Constant(0.5, -0.4, 2), rejected)), [0.3, 0.9, -1.2]);
        FiniteDifferences.Agree(scores => Dpo.Loss(OutcomeReward.Margins(scores, Constant(1, -1, 1))), [0.3, 0.9, -1.2]);
    }

    [Fact]
    public void The_gradient_through_the_transformer_is_that_of_finite_differences()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.RewardModel();
        Assert.Contains(model.Parameters, named => named.name == TensorNames.Score);

        FiniteDifferences.Agree(model.Parameters, () => Loss(model, Tiny.Pairs(3)));
    }

    [Fact]
    public void Where_all_scores_are_equal_either_loss_is_log_2()
    {
        using var pairs = New(ScoreMeaning.Preference);
        using var outcomes = New(ScoreMeaning.Outcome);

        // A new model says 0 of everything.
        Assert.Equal(Math.Log(2), RewardTraining.Train(pairs, Tiny.Pairs(4), [], BradleyTerry.Objective, new(), seed: 1).First().Metrics["loss"], 6);
        Assert.Equal(Math.Log(2), RewardTraining.Train(outcomes, Tiny.Labelled(4), [], OutcomeReward.Objective, new(), seed: 1).First().Metrics["loss"], 6);
    }

    [Fact]
    public void A_permuted_batch_has_the_same_loss()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.RewardModel();
        var pairs = Tiny.Pairs(6);

        Assert.Equal(Loss(model, pairs).ToDouble(), Loss(model, [.. pairs.Reverse()]).ToDouble(), 5);
    }

    [Fact]
    public void One_batch_of_eight_has_the_loss_and_gradient_of_eight_batches_of_one()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.RewardModel();
        var pairs = Tiny.Pairs(8);
        var alone = pairs.Select(pair => Tiny.Gradient(model, () => Loss(model, [pair]))).ToList();

        Assert.Equal(pairs.Average(pair => Loss(model, [pair]).ToDouble()), Loss(model, pairs).ToDouble(), 5);
        Tiny.Close([.. Enumerable.Range(0, alone[0].Length).Select(i => alone.Average(gradient => gradient[i]))], Tiny.Gradient(model, () => Loss(model, pairs)), 1e-6);
    }

    [Fact]
    public void A_trajectory_is_read_up_to_its_last_trained_token_and_no_further()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.RewardModel();
        float Score(params int[] ids) => Numbers.Of(RewardModel.Scores(model, [Tiny.Sequence(ids, [1, 1], [3, 2])]))[0];
        var score = Score(10, 11, 12, 13, 14, 15, 16);

        Assert.Equal(score, Score(10, 11, 12, 13, 14, 99, 98), 6);
        Assert.Equal(score, Score(10, 11, 12, 13, 14), 6);
        Assert.NotEqual(score, Score(10, 11, 12, 13, 99, 15, 16), 3);
        Assert.NotEqual(score, Score(10, 11, 99, 13, 14, 15, 16), 3);
    }

    [Fact]
    public void The_score_is_the_map_of_the_last_trained_tokens_own_hidden_state()
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.RewardModel();
        var hidden = Numbers.Of(model.Transformer.Hidden(tensor(new long[] { 10, 11, 12, 13, 14 }, [1, 5])).narrow(1, 4, 1).contiguous());
        var weight = Numbers.Of(model.Parameters.Single(named => named.name == TensorNames.Score).parameter);

        Assert.Equal(hidden.Zip(weight, (state, by) => (double)state * by).Sum(), Numbers.Of(RewardModel.Scores(model, [Tiny.Sequence([10, 11, 12, 13, 14, 15], [1, 1], [3, 2])]))[0], 5);
    }

    [Theory]
    [InlineData(ScoreMeaning.Preference, "regression")]
    [InlineData(ScoreMeaning.Outcome, "multi_label_classification")]
    public void A_saved_one_is_a_sequence_classifier_of_one_label_and_scores_as_before(ScoreMeaning meaning, string problem)
    {
        using var scope = NewDisposeScope();
        using var model = Tiny.RewardModel(meaning: meaning);
        var (folder, again) = (_folders.New(), _folders.New());
        model.Save(folder);
        using var loaded = RewardModel.Load(folder);
        loaded.Save(again);

        Assert.Equal(Numbers.Of(RewardModel.Scores(model, Tiny.Sequences(4))), Numbers.Of(RewardModel.Scores(loaded, Tiny.Sequences(4))));
        Assert.Equal(Bytes(folder), Bytes(again));
        var config = Encoding.UTF8.GetString(File.ReadAllBytes(Path.Combine(folder, "config.json")));
        Assert.Contains("\"Qwen3ForSequenceClassification\"", config, StringComparison.Ordinal);
        Assert.Contains($"\"problem_type\": \"{problem}\"", config, StringComparison.Ordinal);
        Assert.Contains("\"0\": \"LABEL_0\"", config, StringComparison.Ordinal);
        var tensors = Safetensors.Read(Path.Combine(folder, "model.safetensors"));
        Assert.Equal([1L, 16], tensors["score.weight"].Shape);
        Assert.DoesNotContain("lm_head.weight", tensors.Keys);
    }

    [Fact]
    public void A_new_one_has_the_body_of_the_language_model_that_it_comes_from()
    {
        using var policy = Tiny.Policy();
        var folder = _folders.New();
        policy.Save(folder);
        using var model = RewardModel.Open(folder, ScoreMeaning.Preference);

        Assert.Equal(policy.Parameters.Where(named => named.name != TensorNames.Head).Select(named => named.name).Append(TensorNames.Score).Order(StringComparer.Ordinal), model.Parameters.Select(named => named.name));
        Assert.All(policy.Parameters.Where(named => named.name != TensorNames.Head), named => Assert.Equal(Numbers.Of(named.parameter), Numbers.Of(model.Parameters.Single(own => own.name == named.name).parameter)));
    }

    [Fact]
    public void It_is_no_policy_whoever_asks()
    {
        using var model = Tiny.RewardModel(tied: true);
        var folder = _folders.New();
        model.Save(folder);

        Assert.Contains("is a reward model: it scores episodes and plays none", Assert.Throws<ModelFormatException>(() => ModelFolder.Load(folder)).Message, StringComparison.Ordinal);
        Assert.Contains("is a reward model", Assert.Throws<ModelFormatException>(() => Policy.Load(folder)).Message, StringComparison.Ordinal);
        Assert.Contains("cannot be decoded from", Assert.Throws<ModelFormatException>(() => DecoderModel.Create(ModelFolder.LoadRewardModel(folder))).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => model.Transformer.Head(zeros(1, 16)));
        Assert.Contains("is a reward model", Assert.Throws<ModelFormatException>(() => TrainingJob.Open(new("sft", Digest.Of("model"u8), default, Digest.Of("data"u8), new(), 1), folder, Tiny.Lines(Tiny.Sequences(2)))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_policy_is_no_reward_model()
    {
        using var policy = Tiny.Policy();
        var folder = _folders.New();
        policy.Save(folder);

        Assert.Contains("is no reward model", Assert.Throws<ModelFormatException>(() => RewardModel.Load(folder)).Message, StringComparison.Ordinal);
        Assert.Throws<InvalidOperationException>(() => policy.Transformer.Score(zeros(1, 16)));
    }

    private TrainingState New(ScoreMeaning meaning)
    {
        using var policy = Tiny.Policy();
        var folder = _folders.New();
        policy.Save(folder);
        return new(RewardModel.Open(folder, meaning));
    }

    private static Tensor Loss(Policy model, IReadOnlyList<PreferencePair> pairs) => Dpo.Loss(BradleyTerry.Objective.MarginsOf(RewardModel.Scores(model, BradleyTerry.Objective.RowsOf(pairs)), pairs));

    private static byte[] Bytes(string folder) => [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).SelectMany(File.ReadAllBytes)];

    private static Tensor Row(params float[] values) => tensor(values, [values.Length]);
}
