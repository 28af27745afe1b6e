using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Learning_what_is_observed
{
    [Theory]
    [InlineData(false, new long[] { 0, 5 })]
    [InlineData(true, new long[] { 0, 3 })]
    public void Every_token_that_is_not_trained_is_predicted_from_the_place_before_it_but_the_first(bool packed, long[] places)
    {
        using var scope = NewDisposeScope();
        // Of the first sequence the token at 1; of the second, whose row begins at 4 or behind the first one's two places, that at 2.
        AgentOps.Contracts.TokenSequence[] sequences = [Tiny.Sequence([20, 21, 22], [2, 1]), Tiny.Sequence([10, 11, 12, 13, 14], [1, 1], [3, 2])];
        var observed = TokenBatch.Of(sequences, CPU, packed).Observed(sequences);

        Assert.Equal(places, observed.Places.data<long>().ToArray());
        Assert.Equal([21, 12], observed.Targets.data<long>().ToArray());
    }

    [Fact]
    public void The_loss_is_the_negative_mean_and_nothing_where_nothing_is_observed()
    {
        using var scope = NewDisposeScope();

        Assert.Equal(2, ObservationLoss.Loss(tensor(new[] { -1.0, -3.0, -2.0 }, [3])).ToDouble(), 12);
        Assert.Equal(0, ObservationLoss.Loss(tensor(Array.Empty<double>(), [0])).ToDouble());
        FiniteDifferences.Agree(ObservationLoss.Loss, [-0.5, -2.0, -0.1]);
    }

    [Fact]
    public void It_is_added_with_its_weight_and_reported_beside_what_it_is_added_to()
    {
        using var policy = Tiny.Policy();
        foreach (var (_, parameter) in policy.Parameters)
            Numbers.Set(parameter, new float[parameter.numel()]);
        using var state = new TrainingState(policy);
        // A model whose weights are all zero finds each of the 300 tokens as likely: ln 300 = 5.703782 a token, the agent's and the others'.
        var report = Sft.Train(state, Tiny.Sequences(4), new(Tokens: null, Epochs: 1, ObservationWeight: 0.5), seed: 1).First();

        Assert.Equal(5.703782, report.Metrics["sftLoss"], 4);
        Assert.Equal(5.703782, report.Metrics["observationLoss"], 4);
        Assert.Equal(1.5 * 5.703782, report.Metrics["loss"], 4);
    }

    [Fact]
    public void What_is_observed_is_learned_with_a_weight_and_not_without()
    {
        double Observed(double weight)
        {
            using var scope = NewDisposeScope();
            using var state = Tiny.State();
            var data = Tiny.Sequences(20);
            foreach (var _ in Sft.Train(state, data, new(Tokens: null, Epochs: 8, BatchTokens: 80, ObservationWeight: weight), seed: 1)) ;
            using var frozen = no_grad();
            var batch = TokenBatch.Of(data, CPU);
            return ObservationLoss.Of(state.Policy.Transformer, LogProbs.Hidden(state.Policy.Transformer, batch), batch, data).ToDouble();
        }

        Assert.True(Observed(1) < Math.Log(Tiny.Vocabulary) && Math.Log(Tiny.Vocabulary) < Observed(0), $"{Observed(1)}, {Observed(0)}");
    }
}
