using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

/// <summary>Gradients against central differences, in double precision.</summary>
internal static class FiniteDifferences
{
    private const double Step = 1e-5;

    /// <param name="loss">From numbers [N], float64, to a number.</param>
    public static void Agree(Func<Tensor, Tensor> loss, double[] at)
    {
        using var scope = NewDisposeScope();
        var values = tensor(at, [at.Length]).requires_grad_();
        loss(values).backward();
        var gradient = values.grad!.data<double>().ToArray();
        Assert.Contains(gradient, slope => slope != 0);
        for (var i = 0; i < at.Length; i++)
        {
            double At(double moved) => loss(tensor([.. at.Select((value, k) => k == i ? value + moved : value)], [at.Length])).ToDouble();
            var difference = (At(Step) - At(-Step)) / (2 * Step);
            // A central difference errs by the order of the step squared, and by rounding of about 1e-16 / 1e-5.
            Assert.True(Math.Abs(difference - gradient[i]) <= 1e-8 * (1 + Math.Abs(difference)), $"Number {i}: the finite difference is {difference}, the gradient {gradient[i]}.");
        }
    }
}
