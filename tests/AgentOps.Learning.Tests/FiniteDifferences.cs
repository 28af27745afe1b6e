using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

/// <summary>Gradients against central differences.</summary>
internal static class FiniteDifferences
{
    private const double Step = 1e-5;

    /// <summary>Moves each parameter in directions of its own, in single precision. Along the gradient itself nothing would be seen of a part that the gradient lacks.</summary>
    public static void Agree(IEnumerable<(string name, Parameter parameter)> parameters, Func<Tensor> loss)
    {
        loss().backward();
        foreach (var (name, parameter) in parameters)
            Agree(name, parameter, Numbers.Of(parameter.grad!), loss);
    }

    /// <param name="gradient">What is said to be the parameter's.</param>
    internal static void Agree(string name, Parameter parameter, float[] gradient, Func<Tensor> loss)
    {
        const int directions = 3;
        const double step = 2e-2;
        // What a direction of length 1 sees of the gradient, typically: 2 % of that is told apart. Losses of order 1 are rounded to about 1e-7.
        var typical = Math.Sqrt(gradient.Sum(g => (double)g * g) / gradient.Length);
        var random = new Random(name.Length + gradient.Length);
        for (var k = 0; k < directions; k++)
        {
            var direction = gradient.Select(_ => (float)(random.Next(2) * 2 - 1)).ToArray();
            var length = Math.Sqrt(direction.Length);
            var slope = gradient.Zip(direction, (g, along) => (double)g * along).Sum() / length;
            var rise = (At(parameter, direction, step / length, loss) - At(parameter, direction, -step / length, loss)) / (2 * step);
            Assert.True(Math.Abs(rise - slope) <= 0.02 * typical + 2e-5, $"{name}: the finite difference is {rise}, the gradient says {slope}.");
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
