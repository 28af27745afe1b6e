using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

/// <summary>Gradients against central differences.</summary>
internal static class FiniteDifferences
{
    private const double Step = 1e-5;

    /// <summary>Moves each parameter along its own gradient, in single precision.</summary>
    public static void Agree(IEnumerable<(string name, Parameter parameter)> parameters, Func<Tensor> loss)
    {
        loss().backward();
        foreach (var (name, parameter) in parameters)
        {
            // Along the direction g/|g| the loss rises by |g| per unit; the central difference has an error of the order of the step squared.
            var gradient = Numbers.Of(parameter.grad!);
            var norm = Math.Sqrt(gradient.Sum(g => (double)g * g));
            const double step = 2e-2;
            var rise = At(parameter, gradient, step / norm, loss) - At(parameter, gradient, -step / norm, loss);
            Assert.True(Math.Abs(rise / (2 * step) - norm) <= 0.01 * norm + 1e-4, $"{name}: the finite difference is {rise / (2 * step)}, the gradient {norm}.");
        }
    }

    /// <summary>Moves each number alone, in double precision.</summary>
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

    private static double At(Parameter parameter, float[] direction, double times, Func<Tensor> loss)
    {
        using var frozen = no_grad();
        var here = Numbers.Of(parameter);
        Numbers.Set(parameter, [.. here.Zip(direction, (value, along) => (float)(value + times * along))]);
        var value = loss().ToDouble();
        Numbers.Set(parameter, here);
        return value;
    }
}
