using AgentOps.Torch;

namespace AgentOps.Learning.Tests;

/// <summary>Live tensors are counted for the whole process, so nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(Memory), DisableParallelization = true)]
[Collection(nameof(Memory))]
public sealed class Memory
{
    [Theory]
    [InlineData("sft")]
    [InlineData("dpo")]
    [InlineData("kto")]
    [InlineData("lora")]
    public void A_training_leaves_no_tensor_behind(string algorithm)
    {
        var policy = Tiny.Policy();
        if (algorithm == "lora")
            Lora.Attach(policy, new(2, 4), "base", seed: 1);
        using var state = new TrainingState(policy);
        var reports = algorithm switch
        {
            "sft" or "lora" => Sft.Train(state, Tiny.Sequences(12), new(Tokens: null, Epochs: 5, BatchTokens: 80), seed: 1),
            "dpo" => Dpo.Train(state, Tiny.Pairs(12), new(Epochs: 5, BatchTokens: 120), seed: 1),
            _ => Kto.Train(state, Tiny.Labelled(12), new(Epochs: 5, BatchTokens: 80), seed: 1),
        };
        var live = reports.Select(_ => LiveMemory.Now().Tensors).ToList();

        // Finalisers may still free tensors of other tests, so the count may fall; a step that left one behind would raise it every time.
        Assert.True(live[^1] <= live[2], $"Tensors alive after each step: {string.Join(", ", live)}.");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void After_two_thousand_steps_as_much_is_alive_as_after_a_hundred(bool packing)
    {
        // What tests before this one left to the finalisers is freed first.
        GC.Collect();
        GC.WaitForPendingFinalizers();
        using var state = new TrainingState(Tiny.Policy(layers: 1));
        var alive = new Dictionary<int, LiveMemory>();
        foreach (var report in Sft.Train(state, Tiny.Sequences(6), new(Tokens: null, Epochs: 1000, BatchTokens: 60, Packing: packing), seed: 1))
            if (report.Step is 100 or 1000 or 2000)
                alive.Add(report.Step, LiveMemory.Now());

        Assert.Equal(alive[100], alive[1000]);
        Assert.Equal(alive[100], alive[2000]);
    }
}
