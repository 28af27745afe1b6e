using AgentOps.Models.Decoding;

namespace AgentOps.Models.Tests.Decoding;

public sealed class ExponentialTests
{
    [Fact]
    public void It_agrees_with_the_double_precision_function()
    {
        for (var x = -87f; x < 88; x += 0.0137f)
            Assert.InRange(Exponential.Of(x) / Math.Exp(x), 1 - 3e-7, 1 + 3e-7);
        Assert.Equal(1, Exponential.Of(0f));
    }

    [Fact]
    public void Far_arguments_give_zero_or_a_large_number_and_nan_stays_nan()
    {
        Assert.Equal(0, Exponential.Of(-88f));
        Assert.Equal(0, Exponential.Of(float.NegativeInfinity));
        Assert.InRange(Exponential.Of(float.PositiveInfinity), 1e38f, float.MaxValue);
        Assert.True(float.IsNaN(Exponential.Of(float.NaN)));
    }
}
