using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Packed_batches
{
    // An observation of 4 tokens, an action of 2, an observation of 1; then a short one, and one that is longer than both.
    private static readonly TokenSequence[] ByHand =
    [
        Tiny.Sequence([1, 50, 51, 52, 60, 3, 70], [4, 2]),
        Tiny.Sequence([1, 61, 3], [1, 2]),
        Tiny.Sequence([1, 53, 62, 63, 3, 54, 55, 64, 3, 56, 57, 58], [2, 3], [7, 2]),
    ];

    [Fact]
    public void Sequences_lie_one_behind_the_other_and_each_begins_at_position_0()
    {
        using var scope = NewDisposeScope();
        // Without their last tokens the two have lengths 4 and 2: the second begins at 4. Trained are the tokens at 1 and 3-4 of the first, at 2 of the second.
        var batch = TokenBatch.Of([Tiny.Sequence([10, 11, 12, 13, 14], [1, 1], [3, 2]), Tiny.Sequence([20, 21, 22], [2, 1])], CPU, packed: true);

        Assert.Equal([1L, 6], batch.Ids.shape);
        Assert.Equal([10, 11, 12, 13, 20, 21], batch.Ids.data<long>().ToArray());
        Assert.Equal([0, 0, 0, 0, 1, 1], batch.Packing!.Segments.data<long>().ToArray());
        Assert.Equal([0, 1, 2, 3, 0, 1], batch.Packing.Positions.data<long>().ToArray());
        Assert.Equal([0, 4], batch.Starts);
        Assert.Equal([0, 2, 3, 5], batch.Places.data<long>().ToArray());
        Assert.Equal([11, 13, 14, 22], batch.Targets.data<long>().ToArray());
        Assert.Equal([3, 1], batch.Trained);
        Assert.Equal(8, batch.Tokens);
    }

    /// <summary>Only how far two positions are apart is heard, so a row without new beginnings would say the same; with every second position left out it says something else.</summary>
    [Fact]
    public void The_positions_of_a_packing_are_the_ones_that_are_read()
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        var batch = TokenBatch.Of(ByHand, CPU, packed: true);
        var apart = batch with { Packing = batch.Packing! with { Positions = batch.Packing.Positions * 2 } };

        Assert.NotEqual(Numbers.Of(LogProbs.Of(policy.Transformer, batch)), Numbers.Of(LogProbs.Of(policy.Transformer, apart)));
    }

    [Fact]
    public void Loss_and_every_gradient_are_those_of_padded_rows()
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        foreach (var sequences in new[] { ByHand, Tiny.Sequences(9), [ByHand[1]], [ByHand[0], ByHand[0]] })
        {
            var (packed, padded) = (TokenBatch.Of(sequences, CPU, packed: true), TokenBatch.Of(sequences, CPU, packed: false));

            Tiny.Close(Numbers.Of(LogProbs.Of(policy.Transformer, padded)), Numbers.Of(LogProbs.Of(policy.Transformer, packed)), 1e-5);
            Tiny.Close(Gradient(policy, padded), Gradient(policy, packed), 1e-6);
        }
    }

    [Fact]
    public void No_sequence_reaches_another()
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        var before = BySequence(policy, ByHand);
        for (var changed = 0; changed < ByHand.Length; changed++)
        {
            // The first observation token behind the start mark, or the one token that the short sequence has there.
            TokenSequence[] perturbed = [.. ByHand];
            perturbed[changed] = ByHand[changed] with { Ids = [.. ByHand[changed].Ids.Select((id, i) => i == 1 ? id + 100 : id)] };
            var after = BySequence(policy, perturbed);

            for (var sequence = 0; sequence < ByHand.Length; sequence++)
                if (sequence == changed)
                    Assert.NotEqual(before[sequence], after[sequence]);
                else
                    Assert.Equal(before[sequence], after[sequence]);
        }
    }

    [Theory]
    [InlineData("sft")]
    [InlineData("dpo")]
    [InlineData("kto")]
    public void A_training_takes_the_steps_that_it_takes_on_padded_rows(string algorithm)
    {
        var (packedLosses, packed) = Trained(algorithm, true);
        var (paddedLosses, padded) = Trained(algorithm, false);

        Assert.True(packedLosses.Length >= 8, $"{packedLosses.Length} steps are few.");
        for (var i = 0; i < packedLosses.Length; i++)
            Assert.Equal(paddedLosses[i], packedLosses[i], 4);
        Assert.NotEqual(Start(), packed);
        // AdamW moves a weight by its gradient's sign where the gradient is next to nothing, so rounding may move one by a step of 1e-3.
        Tiny.Close(padded, packed, 1e-3);
    }

    [Theory]
    [InlineData("sft")]
    [InlineData("dpo")]
    [InlineData("kto")]
    public void What_a_work_says_of_packing_is_what_its_training_does(string method)
    {
        using var folders = new Folders();
        var start = folders.New();
        using (var policy = Tiny.Policy())
            policy.Save(start);
        string[] lines = method == "sft" ? Tiny.Lines(Tiny.Sequences(12)) : method == "dpo" ? Tiny.Lines(Tiny.Pairs(6)) : Tiny.Lines(Tiny.Labelled(12));
        byte[] Model(bool? packing)
        {
            using var job = TrainingJob.Open(new TrainWork(method, Digest.Of("model"u8), default, Digest.Of("data"u8), new(Epochs: 2, LearningRate: 1e-3, BatchTokens: 160, Packing: packing), Seed: 7), start, lines);
            foreach (var _ in job.Run()) ;
            var folder = folders.New();
            job.SaveModel(folder);
            return File.ReadAllBytes(Path.Combine(folder, "model.safetensors"));
        }

        Assert.Equal(Model(null), Model(false));
        Assert.NotEqual(Model(null), Model(true));
    }

    private static (double[] Losses, float[] Weights) Trained(string algorithm, bool packing)
    {
        using var state = Tiny.State();
        var reports = algorithm switch
        {
            "sft" => Sft.Train(state, Tiny.Sequences(30), new(Tokens: null, Epochs: 2, LearningRate: 1e-3, BatchTokens: 120, Packing: packing), seed: 3),
            "dpo" => Dpo.Train(state, Tiny.Pairs(20), new(LearningRate: 1e-3, Epochs: 2, BatchTokens: 160, Packing: packing), seed: 3),
            _ => Kto.Train(state, Tiny.Labelled(30), new(LearningRate: 1e-3, Epochs: 2, BatchTokens: 120, Packing: packing), seed: 3),
        };
        double[] losses = [.. reports.Select(report => report.Metrics["loss"])];
        return (losses, Tiny.Weights(state.Policy));
    }

    private static float[] Start()
    {
        using var state = Tiny.State();
        return Tiny.Weights(state.Policy);
    }

    private static float[][] BySequence(Policy policy, TokenSequence[] sequences)
    {
        var batch = TokenBatch.Of(sequences, CPU, packed: true);
        var values = new Queue<float>(Numbers.Of(LogProbs.Of(policy.Transformer, batch)));
        return [.. batch.Trained.Select(count => Enumerable.Range(0, count).Select(_ => values.Dequeue()).ToArray())];
    }

    private static float[] Gradient(Policy policy, TokenBatch batch) => Tiny.Gradient(policy, () => Sft.Loss(LogProbs.Of(policy.Transformer, batch)));
}
