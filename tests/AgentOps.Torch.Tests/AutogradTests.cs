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

    [Fact]
    public void Gradients_can_be_had_without_being_gathered()
    {
        using var scope = NewDisposeScope();
        var (x, unused) = (tensor(3f, requires_grad: true), tensor(1f, requires_grad: true));
        var found = autograd.grad([x * x], [x, unused], allow_unused: true);
        Assert.Equal(6, found[0].item<float>());
        Assert.Null(found[1]);
        Assert.Null(x.grad);
    }

    [Fact]
    public void A_second_derivative_of_plain_operations_exists()
    {
        using var scope = NewDisposeScope();
        // d2/dx2 x^3 = 6x
        var x = tensor(2f, requires_grad: true);
        var first = autograd.grad([x.pow(3)], [x], create_graph: true);
        Assert.Equal(12, autograd.grad([first[0]], [x])[0].item<float>());
    }

    [Fact]
    public void Nothing_is_recorded_without_gradients()
    {
        using var scope = NewDisposeScope();
        var x = tensor(2f, requires_grad: true);
        using (no_grad())
        {
            Assert.False((x * 2).requires_grad);
        }

        using (inference_mode())
        {
            Assert.False((x * 2).requires_grad);
        }

        Assert.True((x * 2).requires_grad);
        Assert.False((x * 2).detach().requires_grad);
    }
}
