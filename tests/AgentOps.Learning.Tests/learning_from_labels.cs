using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Learning_from_labels
{
    [Fact]
    public void The_kto_cost_is_that_of_the_paper_on_either_side()
    {
        using var scope = NewDisposeScope();
        // r = 2, z = 1, β = 0.5. Desirable: 1 - σ(0.5) = 0.377541. Undesirable: 1 - σ(-0.5) = 0.622459, with λ = 2: 1.244919.
        var costs = Kto.Costs(Row(2, 2), tensor(1f), Row(1, -1), Row(1, 2), beta: 0.5);

        Tiny.Close([0.377541f, 1.244919f], Numbers.Of(costs), 1e-5);
    }

    [Fact]
    public void The_gradient_of_kto_is_that_of_finite_differences()
    {
        using var scope = NewDisposeScope();
        Tensor Doubles(params double[] values) => tensor(values, [values.Length]);

        FiniteDifferences.Agree(rewards => Kto.Costs(rewards, tensor(0.3), Doubles(1, -1, 1), Doubles(1, 1.5, 2), 0.4).mean(), [0.5, 0.8, -1.2]);
    }

    [Fact]
    public void At_the_reference_kto_costs_half_its_weight()
    {
        using var state = Tiny.State();
        // r = 0 and z = 0: λ(1 - σ(0)) = λ/2. Three desirable ones of weight 1, three undesirable ones of weight 2, all in one batch: (3 · 0.5 + 3 · 1) / 6 = 0.75.
        var first = Kto.Train(state, Tiny.Labelled(6), new(Undesirable: 2), seed: 1).First();

        Assert.Equal(0.75, first.Metrics["loss"], 5);
        Assert.Equal(0, first.Metrics["divergence"], 5);
    }

    [Fact]
    public void Kto_raises_what_is_desirable_and_lowers_what_is_not()
    {
        using var scope = NewDisposeScope();
        using var state = Tiny.State();
        var data = Tiny.Labelled(6);
        double[] Sums() => [.. data.Select(sample => LogProbs.Of(state.Policy.Transformer, TokenBatch.Of([sample.Sequence], CPU)).sum().ToDouble())];
        var before = Sums();
        foreach (var _ in Kto.Train(state, data, new(LearningRate: 1e-3, Epochs: 10), seed: 1)) ;
        var after = Sums();

        Assert.All(data.Index(), sample => Assert.Equal(sample.Item.Desirable, after[sample.Index] > before[sample.Index]));
    }

    [Fact]
    public void The_divergence_is_never_below_zero()
    {
        using var state = Tiny.State();
        // What weighs most is to be said less, so that the policy soon says less than its reference under other prompts as well.
        var reports = Kto.Train(state, Tiny.Labelled(6), new(Undesirable: 100, LearningRate: 1e-3, Epochs: 8), seed: 1).ToList();

        Assert.All(reports, report => Assert.True(report.Metrics["divergence"] >= 0));
        Assert.Contains(reports.Skip(1), report => report.Metrics["divergence"] == 0);
    }

    [Fact]
    public void A_mismatched_sample_is_the_prompt_of_one_with_the_answer_of_another()
    {
        var prompt = Tiny.Sequence([10, 11, 12, 13, 14], [3, 2]);
        var answer = Tiny.Sequence([20, 21, 22, 23, 24, 25], [1, 2], [4, 1]);

        var whole = Kto.Mismatched(prompt, answer, context: 64);
        Assert.Equal([10, 11, 12, 21, 22, 23, 24, 25], whole.Ids);
        Assert.Equal([[3, 2], [6, 1]], whole.Trained);
        // Cut within the first turn, and between the turns.
        Assert.Equal([[3, 1]], Kto.Mismatched(prompt, answer, context: 4).Trained);
        Assert.Equal([[3, 2]], Kto.Mismatched(prompt, answer, context: 6).Trained);
    }

    [Theory]
    [InlineData(true, "2 desirable and 0 undesirable")]
    [InlineData(false, "0 desirable and 2 undesirable")]
    public void A_set_of_one_side_is_refused_with_the_counts(bool desirable, string counts)
    {
        var lines = Tiny.Lines([.. Tiny.Sequences(2).Select(sequence => new LabelledSequence(sequence, desirable))]);

        var refused = Assert.Throws<DataRefusedException>(() => DataLines.Labelled(lines, Tiny.Config()));

        Assert.Contains(counts, refused.Message, StringComparison.Ordinal);
        Assert.Equal(new BalanceSheet(In: 2, Used: 0, Unseen: 2), refused.Balance);
    }

    [Fact]
    public void A_label_that_is_left_out_is_an_error_and_not_a_rejection() =>
        Assert.Contains("Line 1", Assert.Throws<DataRefusedException>(() => DataLines.Labelled(["""{"sequence":{"task":"t","sample":0,"ids":[4,5],"trained":[[1,1]]}}"""], Tiny.Config())).Message, StringComparison.Ordinal);

    private static Tensor Row(params float[] values) => tensor(values, [values.Length]);
}
