using AgentOps.Models;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Losses
{
    [Fact]
    public void Log_probabilities_are_natural_logs_of_the_softmax_at_the_targets()
    {
        using var scope = NewDisposeScope();
        // Row 0: logits (ln 1, ln 3), so probabilities (1/4, 3/4), target 0: ln 1/4 = -1.386294.
        // Row 1: logits (ln 2, ln 2), so (1/2, 1/2), target 1: ln 1/2 = -0.693147.
        var logits = tensor(new[] { 0f, MathF.Log(3), MathF.Log(2), MathF.Log(2) }, [2, 2]);

        var logp = LogProbs.Of(logits, tensor(new long[] { 0, 1 }, [2]));

        Tiny.Close([-1.386294f, -0.693147f], Numbers.Of(logp), 1e-6);
    }

    [Fact]
    public void The_sft_loss_is_the_negative_mean_over_trained_tokens()
    {
        using var scope = NewDisposeScope();
        // -(−0.5 − 1.5 − 4) / 3 = 2.
        Assert.Equal(2.0, Sft.Loss(tensor(new[] { -0.5f, -1.5f, -4f }, [3])).ToDouble(), 6);
    }

    [Fact]
    public void Spans_of_less_weight_count_less_and_the_mean_is_over_the_weights()
    {
        using var scope = NewDisposeScope();
        // Spans of 1 and 2 tokens with weights 1 and 1/2: (1·0.5 + ½·1.5 + ½·4) / (1 + ½ + ½) = 3.25 / 2 = 1.625.
        var sequence = Tiny.Sequence([4, 5, 6, 7, 8], [1, 1], [3, 2]) with { Weights = [1, 0.5] };

        Tiny.Close([1f, 0.5f, 0.5f], Numbers.Of(Masks.Weights([sequence])), 0);
        Assert.Equal(1.625, Sft.Loss(tensor(new[] { -0.5f, -1.5f, -4f }, [3]), Masks.Weights([sequence])).ToDouble(), 6);
        FiniteDifferences.Agree(logp => Sft.Loss(logp, Masks.Weights([sequence]).to(ScalarType.Float64)), [-0.5, -1.5, -4]);
    }

    [Fact]
    public void A_training_minds_the_weights_of_spans_and_weights_that_are_all_alike_change_nothing()
    {
        StepReport First(params double[]? weights)
        {
            using var state = Tiny.State();
            return Sft.Train(state, [.. Tiny.Sequences(4).Select(sequence => sequence with { Weights = weights })], new(Tokens: null, Epochs: 1), seed: 1).First();
        }

        Assert.Equal(First(null).Metrics["loss"], First(0.5, 0.5).Metrics["loss"], 5);
        Assert.True(Math.Abs(First(null).Metrics["loss"] - First(1, 0.1).Metrics["loss"]) > 1e-3, "the weights say nothing");
    }

    [Fact]
    public void The_dpo_loss_is_that_of_equation_7()
    {
        using var scope = NewDisposeScope();
        // Pair 0: β((−1 − −3) − (−2 − −2)) = 0.5 · 2 = 1;    −ln σ(1)  = ln(1 + e^−1) = 0.313262.
        // Pair 1: β((−4 − −1) − (−2 − −1)) = 0.5 · −2 = −1;  −ln σ(−1) = ln(1 + e)    = 1.313262. Mean 0.813262.
        var margins = Dpo.Margins(Row(-1, -4), Row(-3, -1), Row(-2, -2), Row(-2, -1), beta: 0.5);

        Tiny.Close([1f, -1f], Numbers.Of(margins), 1e-6);
        Assert.Equal(0.813262, Dpo.Loss(margins).ToDouble(), 5);
    }

    [Fact]
    public void At_the_reference_the_dpo_loss_is_log_2_and_its_gradient_is_minus_half_beta_times_the_difference()
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        const double beta = 0.3;
        var pair = Tiny.Pairs(1)[0];
        Tensor Sum(Contracts.TokenSequence sequence)
        {
            var batch = TokenBatch.Of([sequence], CPU);
            return Masks.SumByRow(LogProbs.Of(policy.Transformer, batch), batch.Trained);
        }
        var (referenceChosen, referenceRejected) = (Sum(pair.Chosen).detach(), Sum(pair.Rejected).detach());
        Tensor Loss() => Dpo.Loss(Dpo.Margins(Sum(pair.Chosen), Sum(pair.Rejected), referenceChosen, referenceRejected, beta));

        Assert.Equal(Math.Log(2), Loss().ToDouble(), 6);
        // d/dθ −ln σ(βΔ) = −(1 − σ(βΔ)) β dΔ/dθ, and σ(0) = 1/2.
        var chosen = Tiny.Gradient(policy, () => Sum(pair.Chosen).sum());
        var rejected = Tiny.Gradient(policy, () => Sum(pair.Rejected).sum());
        Tiny.Close([.. chosen.Zip(rejected, (w, l) => (float)(-beta / 2 * (w - l)))], Tiny.Gradient(policy, Loss), 1e-5);
    }

    [Theory]
    [InlineData(ModelFamily.Qwen3, false)]
    [InlineData(ModelFamily.Qwen2, false)]
    [InlineData(ModelFamily.Llama, true)]
    public void Gradients_are_those_of_finite_differences(ModelFamily family, bool tied)
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy(family: family, tied: tied);
        var batch = TokenBatch.Of(Tiny.Sequences(3), CPU);

        FiniteDifferences.Agree(policy.Parameters, () => Sft.Loss(LogProbs.Of(policy.Transformer, batch)));
    }

    [Fact]
    public void A_gradient_that_lacks_a_part_of_itself_is_told_from_a_whole_one()
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        var batch = TokenBatch.Of(Tiny.Sequences(3), CPU);
        Tensor Loss() => Sft.Loss(LogProbs.Of(policy.Transformer, batch));
        Loss().backward();
        var (name, parameter) = policy.Parameters.First(named => named.name.EndsWith("down_proj.weight", StringComparison.Ordinal));
        var whole = Numbers.Of(parameter.grad!);

        FiniteDifferences.Agree(name, parameter, whole, Loss);
        Assert.ThrowsAny<Exception>(() => FiniteDifferences.Agree(name, parameter, [.. whole.Select((g, i) => i < whole.Length / 2 ? g : 0)], Loss));
    }

    private static Tensor Row(params float[] values) => tensor(values, [values.Length]);
}
