using AgentOps.Contracts;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Masks_and_batches
{
    [Fact]
    public void An_observation_token_as_a_target_changes_neither_loss_nor_gradient()
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        int[] ids = [1, 50, 2, 60, 3, 1, 70, 71];
        var original = TokenBatch.Of([Tiny.Sequence(ids, [3, 2])], CPU);
        foreach (var position in new[] { 1, 2, 5, 6, 7 })
        {
            int[] changed = [.. ids];
            changed[position] = 99;
            // The model still reads the original tokens: only what is predicted differs.
            var batch = TokenBatch.Of([Tiny.Sequence(changed, [3, 2])], CPU) with { Ids = original.Ids };

            Assert.Equal(Gradient(policy, original), Gradient(policy, batch));
            Assert.Equal(Loss(policy, original), Loss(policy, batch));
        }
    }

    [Fact]
    public void A_trained_token_as_a_target_changes_the_loss()
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        int[] ids = [1, 50, 2, 60, 3, 1, 70, 71];
        var original = TokenBatch.Of([Tiny.Sequence(ids, [3, 2])], CPU);
        int[] changed = [.. ids];
        changed[3] = 99;

        Assert.NotEqual(Loss(policy, original), Loss(policy, TokenBatch.Of([Tiny.Sequence(changed, [3, 2])], CPU) with { Ids = original.Ids }));
    }

    [Fact]
    public void Every_trained_token_is_predicted_from_the_place_before_it()
    {
        using var scope = NewDisposeScope();
        // Two rows of width 4 (the longest sequence without its last token): the tokens at 1 and 3-4 of the first, at 2 of the second.
        var batch = TokenBatch.Of([Tiny.Sequence([10, 11, 12, 13, 14], [1, 1], [3, 2]), Tiny.Sequence([20, 21, 22], [2, 1])], CPU, packed: false);

        Assert.Null(batch.Packing);
        Assert.Equal([0, 4], batch.Starts);
        Assert.Equal([10, 11, 12, 13, 20, 21, 0, 0], batch.Ids.data<long>().ToArray());
        Assert.Equal([0, 2, 3, 5], batch.Places.data<long>().ToArray());
        Assert.Equal([11, 13, 14, 22], batch.Targets.data<long>().ToArray());
        Assert.Equal([3, 1], batch.Trained);
        Assert.Equal(8, batch.Tokens);
    }

    [Fact]
    public void One_batch_of_eight_has_the_loss_and_gradient_of_eight_batches_of_one()
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        var sequences = Tiny.Sequences(8);
        var together = TokenBatch.Of(sequences, CPU);
        var gradient = new float[Tiny.Weights(policy).Length];
        var loss = 0.0;
        foreach (var single in sequences.Select(sequence => TokenBatch.Of([sequence], CPU)))
        {
            // A mean over all trained tokens weighs each sequence's mean by its share of them.
            var share = (double)single.Trained[0] / together.Trained.Sum();
            loss += share * Loss(policy, single);
            gradient = [.. gradient.Zip(Gradient(policy, single), (sum, own) => (float)(sum + share * own))];
        }

        Assert.Equal(loss, Loss(policy, together), 5);
        Tiny.Close(gradient, Gradient(policy, together), 1e-6);
    }

    [Fact]
    public void Padding_changes_nothing()
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        var sequence = Tiny.Sequence([1, 50, 2, 60, 3], [3, 2]);
        var alone = TokenBatch.Of([sequence], CPU);
        // The companion carries no loss and is three times as long.
        var padded = TokenBatch.Of([sequence, Tiny.Sequence([.. Enumerable.Range(30, 15)])], CPU, packed: false);

        Assert.Equal(Loss(policy, alone), Loss(policy, padded), 5);
        Tiny.Close(Gradient(policy, alone), Gradient(policy, padded), 1e-6);
    }

    [Fact]
    public void A_permuted_batch_has_the_same_loss()
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        var sequences = Tiny.Sequences(6);

        Assert.Equal(Loss(policy, TokenBatch.Of(sequences, CPU)), Loss(policy, TokenBatch.Of([.. sequences.Reverse()], CPU)), 5);
    }

    [Fact]
    public void Sums_by_row_take_each_rows_own_values()
    {
        using var scope = NewDisposeScope();

        Assert.Equal([3f, 0f, 12f], Numbers.Of(Masks.SumByRow(tensor(new[] { 1f, 2f, 3f, 4f, 5f }, [5]), [2, 0, 3])));
    }

    [Fact]
    public void A_wrong_shape_is_named()
    {
        using var scope = NewDisposeScope();

        var error = Assert.Throws<ArgumentException>(() => Shape.Is(zeros(2, 3), -1, 4));
        Assert.Contains("[2, 3]", error.Message, StringComparison.Ordinal);
        Assert.Contains("[-1, 4]", error.Message, StringComparison.Ordinal);
    }

    private static double Loss(Policy policy, TokenBatch batch) => Sft.Loss(LogProbs.Of(policy.Transformer, batch)).ToDouble();

    private static float[] Gradient(Policy policy, TokenBatch batch) => Tiny.Gradient(policy, () => Sft.Loss(LogProbs.Of(policy.Transformer, batch)));
}
