using TorchSharp;
using static TorchSharp.torch;

namespace AgentOps.Torch.Tests;

public sealed class LearningTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Two_layers_learn_exclusive_or(long seed)
    {
        using var scope = NewDisposeScope();
        manual_seed(seed);
        using var model = nn.Sequential(nn.Linear(2, 16), nn.Tanh(), nn.Linear(16, 2));
        using var adam = optim.AdamW(model.parameters(), lr: 0.05);
        var inputs = tensor(new float[] { 0, 0, 0, 1, 1, 0, 1, 1 }, [4, 2]);
        var classes = tensor(new long[] { 0, 1, 1, 0 });
        for (var i = 0; i < 200; i++)
        {
            using var step = NewDisposeScope();
            adam.zero_grad();
            nn.functional.cross_entropy(model.call(inputs), classes).backward();
            adam.step();
        }

        // A model that knows nothing has ln 2 = 0.69.
        Assert.True(nn.functional.cross_entropy(model.call(inputs), classes).item<float>() < 0.05);
    }
}
