using TorchSharp;
using static TorchSharp.torch;

namespace AgentOps.Torch.Tests;

public sealed class AutogradTests
{
    [Fact]
    public void A_gradient_is_the_derivative()
    {
        using var scope = NewDisposeScope();
        // d/dx sum(x^2 + 3x) = 2x + 3
        var x = tensor([1f, -2f], requires_grad: true);
        (x * x + 3 * x).sum().backward();
        Assert.Equal([5f, -1f], x.grad!.data<float>().ToArray());
    }
}
