using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Optimiser_steps
{
    [Fact]
    public void A_loss_that_is_not_finite_is_refused_and_the_weights_stay()
    {
        using var state = Tiny.State();
        var before = Tiny.Weights(state.Policy);
        foreach (var factor in new[] { double.NaN, double.PositiveInfinity })
        {
            using var scope = NewDisposeScope();

            var error = Assert.Throws<NonFiniteStepException>(() => state.Take(Loss(state) * factor, 1, 10, 1e-3));

            Assert.Equal(1, error.Step);
            Assert.Equal("the loss", error.Tensor);
        }
        Assert.Equal(before, Tiny.Weights(state.Policy));
        Assert.Equal(0, state.Step);
    }

    [Fact]
    public void A_gradient_that_is_not_finite_is_refused_with_its_name_and_the_weights_stay()
    {
        using var scope = NewDisposeScope();
        using var state = Tiny.State();
        var before = Tiny.Weights(state.Policy);
        var (_, gain) = state.Policy.Parameters.Single(named => named.name == "model.norm.weight");
        // The square root of 0 has the value 0 and an infinite slope.
        var loss = Loss(state) + (gain - gain.detach()).sum().sqrt();
        Assert.True(double.IsFinite(loss.ToDouble()));

        var error = Assert.Throws<NonFiniteStepException>(() => state.Take(loss, 1, 10, 1e-3));

        Assert.Equal("the gradient of model.norm.weight", error.Tensor);
        Assert.Equal(before, Tiny.Weights(state.Policy));
    }

    [Fact]
    public void After_a_refusal_the_next_step_is_that_of_a_training_without_it()
    {
        using var scope = NewDisposeScope();
        using var refused = Tiny.State();
        using var plain = Tiny.State();
        Assert.Throws<NonFiniteStepException>(() => refused.Take(Loss(refused) * double.NaN, 1, 10, 1e-3));

        refused.Take(Loss(refused), 1, 10, 1e-3);
        plain.Take(Loss(plain), 1, 10, 1e-3);

        Assert.Equal(Tiny.Weights(plain.Policy), Tiny.Weights(refused.Policy));
    }

    [Fact]
    public void The_first_step_is_adamw_with_a_clipped_gradient()
    {
        using var scope = NewDisposeScope();
        using var state = Tiny.State();
        var before = Tiny.Weights(state.Policy);
        var gradient = Tiny.Gradient(state.Policy, () => Loss(state) * 50);
        var norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
        Assert.True(norm > 1, $"A gradient of norm {norm} is not clipped.");

        var report = state.Take(Loss(state) * 50, 7, 10, 1e-3);

        // At step 1 the moments' bias corrections leave m = g and v = g², so w ← w − lr · 0.01 · w − lr · g / (|g| + 1e-8), with g clipped to norm 1.
        var expected = before.Zip(gradient, (w, g) => (float)(w * (1 - 1e-5) - 1e-3 * (g / norm) / (Math.Abs(g / norm) + 1e-8))).ToArray();
        Tiny.Close(expected, Tiny.Weights(state.Policy), 2e-6);
        Assert.Equal(norm, report.Metrics["gradientNorm"], norm * 1e-4);
        Assert.Equal(1e-3, report.Metrics["learningRate"]);
        Assert.Equal((1, 10, 7L), (report.Step, report.Steps, report.Tokens));
    }

    private static Tensor Loss(TrainingState state) => Sft.Loss(LogProbs.Of(state.Policy.Transformer, TokenBatch.Of(Tiny.Sequences(4), CPU)));
}
