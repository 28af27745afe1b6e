using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Online_losses
{
    [Fact]
    public void Reinforce_weighs_the_log_probabilities_with_the_advantages()
    {
        using var scope = NewDisposeScope();
        // -(-1 · 2 + -3 · -1) / 2 = -0.5.
        Assert.Equal(-0.5, Reinforce.Loss(Row(-1, -3), Row(2, -1)).ToDouble(), 6);
    }

    [Fact]
    public void Grpo_counts_a_ratio_no_further_than_its_clip_where_that_would_pay()
    {
        using var scope = NewDisposeScope();
        var old = Row(0, 0, 0, 0);
        var logp = Row(MathF.Log(1.5f), MathF.Log(1.5f), MathF.Log(0.5f), MathF.Log(0.5f));

        // A = 1: min(1.5, 1.3) and min(0.5, 0.8); A = -1: min(-1.5, -1.3) and min(-0.5, -0.8). The losses are their negatives.
        Tiny.Close([-1.3f, 1.5f, -0.5f, 0.8f], Numbers.Of(Grpo.TokenLosses(logp, old, Row(1, -1, 1, -1), clip: 0.2, clipHigh: 0.3)), 1e-6);
    }

    [Fact]
    public void Where_the_model_is_the_one_that_played_grpos_gradient_is_reinforces()
    {
        double[] at = [-0.5, -2, -1];
        double[] advantages = [1.5, -0.5, 0.25];
        using var scope = NewDisposeScope();
        var (first, second) = (tensor(at, [3]).requires_grad_(), tensor(at, [3]).requires_grad_());
        Grpo.TokenLosses(first, tensor(at, [3]), tensor(advantages, [3]), 0.2, 0.2).mean().backward();
        Reinforce.Loss(second, tensor(advantages, [3])).backward();

        Assert.Equal(second.grad!.data<double>().ToArray(), first.grad!.data<double>().ToArray());
    }

    [Fact]
    public void Their_gradients_are_those_of_finite_differences()
    {
        double[] at = [-0.5, -2, -1, -0.1];
        Tensor Constant(params double[] values) => tensor(values, [values.Length]);

        FiniteDifferences.Agree(logp => Reinforce.Loss(logp, Constant(1.5, -0.5, 0.25, -2)), at);
        FiniteDifferences.Agree(logp => Grpo.TokenLosses(logp, Constant(-0.45, -2.1, -3, -0.05), Constant(1.5, -0.5, 0.25, -2), 0.2, 0.3).mean(), at);
        FiniteDifferences.Agree(logp => Divergence.OfTokens(logp, Constant(-0.45, -2.1, -3, -0.05)).mean(), at);
    }

    [Fact]
    public void A_token_that_earns_nothing_costs_nothing_however_far_its_ratio_has_gone()
    {
        using var scope = NewDisposeScope();
        var logp = Row(-1, -1).requires_grad_();

        // e^199 is more than a float32 holds; the other token's ratio is 1 and its advantage 2.
        var losses = Grpo.TokenLosses(logp, Row(-200, -1), Row(0, 2), 0.2, 0.2);
        losses.sum().backward();

        Tiny.Close([0, -2], Numbers.Of(losses), 0);
        Tiny.Close([0, -2], Numbers.Of(logp.grad!), 0);
    }

    [Fact]
    public void The_divergence_is_nothing_at_the_reference_and_above_it_elsewhere()
    {
        using var scope = NewDisposeScope();
        // e^1 - 1 - 1 and e^-1 + 1 - 1.
        Tiny.Close([0, 0.718282f, 0.367879f], Numbers.Of(Divergence.OfTokens(Row(-1, -1, -1), Row(-1, 0, -2))), 1e-6);
    }

    [Fact]
    public void By_sequence_a_long_episode_counts_no_more_than_a_short_one()
    {
        using var scope = NewDisposeScope();
        var batch = new OnlineBatch(Row(0), Row(0), Row(0), [1, 3]);

        // (4 + (1 + 2 + 3)/3) / 2 = 3.
        Assert.Equal(3, batch.MeanOfRows(Row(4, 1, 2, 3)).ToDouble(), 6);
    }

    [Fact]
    public void Every_token_of_a_turn_has_the_turns_advantage_episode_after_episode()
    {
        using var scope = NewDisposeScope();
        // Two turns of two and of one token, then one turn of three.
        WeightedRollout[] episodes =
        [
            new(new("a", [5, 6, 7, 8, 9, 10], [[1, 2], [4, 1]], [-1f, -2, -3], 1, ["", ""]), [0.5, -1]),
            new(new("a", [5, 6, 7, 8], [[1, 3]], [-4f, -5, -6], 0, [""]), [2]),
        ];

        var batch = OnlineBatch.Of(episodes, Row(0, 0, 0, 0, 0, 0), values: null, CPU);

        Assert.Equal([0.5f, 0.5f, -1, 2, 2, 2], Numbers.Of(batch.Advantages));
        Assert.Equal([-1f, -2, -3, -4, -5, -6], Numbers.Of(batch.Old));
        Assert.Equal([3, 3], batch.Rows);
    }

    [Theory]
    [InlineData(null, null, null, 0.2, false, true)]
    [InlineData("sequence", "none", 0.3, 0.3, true, false)]
    [InlineData("tokens", "group", 0.3, 0.3, false, true)]
    public void Grpos_settings_are_those_of_the_file(string? normalise, string? scale, double? clipHigh, double high, bool bySequence, bool scaled) =>
        Assert.Equal(new Grpo.Options(0.2, high, bySequence, scaled), Grpo.Options.From(new OnlineOptions(Normalise: normalise, Scale: scale, ClipHigh: clipHigh)));

    [Theory]
    [InlineData("sequences", null, "'normalise' is tokens or sequence, not 'sequences'.")]
    [InlineData(null, "batch", "'scale' is group or none, not 'batch'.")]
    public void A_word_that_is_none_of_a_settings_is_refused(string? normalise, string? scale, string said) =>
        Assert.Contains(said, Assert.Throws<ArgumentException>(() => Grpo.Options.From(new OnlineOptions(Normalise: normalise, Scale: scale))).Message, StringComparison.Ordinal);

    private static Tensor Row(params float[] values) => tensor(values, [values.Length]);
}
