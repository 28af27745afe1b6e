using AgentOps.Contracts;

namespace AgentOps.Learning.Tests;

/// <summary>Neither the order of samples inside a step nor the company in which one comes changes what the step says.</summary>
public sealed class the_order_of_samples : IDisposable
{
    // All samples in one step.
    private const int Whole = 100_000;
    private readonly Folders _folders = new();

    public void Dispose() => _folders.Dispose();

    [Theory]
    [InlineData("sft")]
    [InlineData("dpo")]
    [InlineData("kto")]
    public void Samples_in_another_order_have_the_same_loss_and_gradient(string method)
    {
        var (there, back) = (First(method, reversed: false), First(method, reversed: true));

        Assert.Equal(there.Metrics["loss"], back.Metrics["loss"], 5);
        Assert.Equal(there.Metrics["gradientNorm"], back.Metrics["gradientNorm"], 4);
    }

    [Fact]
    public void One_step_of_eight_pairs_has_the_mean_of_the_losses_of_eight_steps_of_one()
    {
        double Loss(PreferencePair[] pairs)
        {
            using var state = Tiny.State();
            return Dpo.Train(state, pairs, new(BatchTokens: Whole, SftWeight: 0), seed: 5).First().Metrics["loss"];
        }
        // At the reference every pair costs log 2; away from it each costs its own.
        double Away(PreferencePair[] pairs)
        {
            using var state = Tiny.State();
            return Dpo.Train(state, pairs, Dpo.Options.From(new() { Loss = "simpo", BatchTokens = Whole, SftWeight = 0 }), seed: 5).First().Metrics["loss"];
        }
        var pairs = Tiny.Pairs(8);

        Assert.Equal(Math.Log(2), Loss(pairs), 5);
        Assert.Equal(pairs.Average(pair => Away([pair])), Away(pairs), 5);
    }

    [Theory]
    [InlineData("reinforce")]
    [InlineData("grpo")]
    [InlineData("gigpo")]
    [InlineData("ppo")]
    public void Episodes_in_another_order_have_the_same_loss_and_gradient(string method)
    {
        var model = _folders.New();
        using (var policy = Tiny.Policy())
            policy.Save(model);
        Rollout[] played = [.. Tiny.Sequences(8).Select((sequence, i) => new Rollout(
            $"task {i / 4}", sequence.Ids, sequence.Trained, [.. Enumerable.Repeat(-5.5f, 3)], i % 3 == 0 ? 1 : 0.25 * (i % 4), [$"state {i % 2}", "state 2"]))];
        OnlineTrainWork work = new(method, Digest.Of("model"u8), "tiny", "train", 0, 2, 4, 1, new(BatchTokens: Whole), Seed: 3);
        StepReport First(IEnumerable<Rollout> episodes)
        {
            using var job = OnlineJob.Open(work, model);
            return Assert.Single(job.Learn([.. episodes], failed: 0));
        }

        var (there, back) = (First(played), First(played.Reverse()));

        Assert.NotEqual(0, there.Metrics["loss"]);
        Assert.Equal(there.Metrics["loss"], back.Metrics["loss"], 4);
        Assert.Equal(there.Metrics["gradientNorm"], back.Metrics["gradientNorm"], 3);
    }

    private static StepReport First(string method, bool reversed)
    {
        T[] Ordered<T>(T[] samples) => reversed ? [.. samples.Reverse()] : samples;
        using var state = Tiny.State();
        return (method switch
        {
            "sft" => Sft.Train(state, Ordered(Tiny.Sequences(9)), new(Tokens: null, Epochs: 1, BatchTokens: Whole), seed: 5),
            "dpo" => Dpo.Train(state, Ordered(Tiny.Pairs(9)), new(BatchTokens: Whole), seed: 5),
            _ => Kto.Train(state, Ordered(Tiny.Labelled(9)), new(BatchTokens: Whole), seed: 5),
        }).First();
    }
}
