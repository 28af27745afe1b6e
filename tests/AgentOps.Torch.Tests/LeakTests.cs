using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AgentOps.Torch.Tests;

public sealed class LeakTests
{
    [Fact]
    public void A_training_step_leaves_nothing_behind()
    {
        using var outer = NewDisposeScope();
        using var model = nn.Sequential(nn.Linear(8, 16), nn.SiLU(), nn.Linear(16, 3));
        using var adam = optim.AdamW(model.parameters());
        Step(model, adam);
        Collect();
        var before = LiveMemory.Now();
        for (var i = 0; i < 3; i++)
        {
            Step(model, adam);
        }

        Assert.Equal(before, LiveMemory.Now());
    }

    [Fact]
    public void The_bytes_of_a_tensor_are_counted_while_it_lives()
    {
        Collect();
        var before = LiveMemory.Now();
        var tensor = zeros(1000);
        Assert.Equal(new(before.Tensors + 1, before.Bytes + 4000), LiveMemory.Now());
        tensor.Dispose();
        Assert.Equal(before, LiveMemory.Now());
    }

    [Fact]
    public void A_forgotten_tensor_is_freed_by_its_finaliser()
    {
        Collect();
        var before = LiveMemory.Now();
        Forget();
        Collect();
        Assert.Equal(before, LiveMemory.Now());
    }

    [Fact]
    public void A_disposed_module_gives_its_memory_back()
    {
        Collect();
        var before = LiveMemory.Now();
        var model = nn.Sequential(nn.Linear(8, 16), nn.Embedding(4, 4));
        model.Dispose();
        Assert.Equal(before, LiveMemory.Now());
    }

    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static void Forget() => _ = zeros(50).add(1).sum();

    private static void Step(Sequential model, AdamW adam)
    {
        using var scope = NewDisposeScope();
        adam.zero_grad();
        var loss = nn.functional.cross_entropy(model.call(randn(4, 8)), randint(3, [4]));
        loss.backward();
        nn.utils.clip_grad_norm_(model.parameters(), 1);
        adam.step();
        adam.zero_grad();
    }

    private static void Collect()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
    }
}
