using AgentOps.Models.Decoding;

namespace AgentOps.Models.Tests.Decoding;

public sealed class SamplerTests
{
    // Probabilities 1/2, 1/4, 1/8, 1/16, 1/16 in a shuffled order.
    private static readonly double[] Probabilities = [1.0 / 8, 1.0 / 16, 1.0 / 2, 1.0 / 16, 1.0 / 4];

    private static unsafe DecodedToken Sample(double temperature, double topP, long seed, int index = 0, int top = 0)
    {
        var logits = Probabilities.Select(p => (float)Math.Log(p) + 3).ToArray();
        var weights = new float[logits.Length];
        fixed (float* l = logits, w = weights)
            return Sampler.Sample(l, logits.Length, w, new([0], 1, temperature, topP, seed, null, top), index);
    }

    private static double[] Frequencies(double temperature, double topP, Func<int, (long Seed, int Index)> draw)
    {
        const int draws = 20_000;
        var counts = new double[Probabilities.Length];
        for (var i = 0; i < draws; i++)
            counts[Sample(temperature, topP, draw(i).Seed, draw(i).Index).Id] += 1.0 / draws;
        return counts;
    }

    [Fact]
    public void Draws_follow_the_probabilities_over_seeds_and_over_places()
    {
        // The standard deviation of a frequency is at most sqrt(0.25 / 20,000) = 0.0035.
        foreach (var frequencies in new[] { Frequencies(1, 1, i => (i, 0)), Frequencies(1, 1, i => (7, i)) })
            Assert.All(frequencies.Zip(Probabilities), pair => Assert.Equal(pair.Second, pair.First, 0.018));
    }

    [Fact]
    public void Temperature_one_half_squares_the_probabilities()
    {
        // Squares 1/64, 1/256, 1/4, 1/256, 1/16 sum to 86/256.
        Assert.All(Frequencies(0.5, 1, i => (i, 0)).Zip(Probabilities), pair => Assert.Equal(pair.Second * pair.Second * 256 / 86, pair.First, 0.018));
    }

    [Theory]
    [InlineData(0.4, new[] { 2 })]
    [InlineData(0.5, new[] { 2 })]
    [InlineData(0.6, new[] { 2, 4 })]
    [InlineData(0.8, new[] { 0, 2, 4 })]
    [InlineData(0.9, new[] { 0, 1, 2, 4 })]
    public void The_nucleus_is_the_smallest_set_that_reaches_top_p(double topP, int[] nucleus)
    {
        // At 0.9 one of the two tokens of 1/16 is needed: the lower id. At exactly 1/2 the float weights must not round the first token below it.
        var frequencies = Frequencies(1, topP - 1e-6, i => (i, 0));
        Assert.Equal(nucleus, Enumerable.Range(0, 5).Where(id => frequencies[id] > 0));
        var mass = nucleus.Sum(id => Probabilities[id]);
        Assert.All(nucleus, id => Assert.Equal(Probabilities[id] / mass, frequencies[id], 0.018));
    }

    [Fact]
    public void Temperature_zero_takes_the_likeliest()
    {
        Assert.All(Enumerable.Range(0, 50), seed => Assert.Equal(2, Sample(0, 1, seed).Id));
    }

    [Fact]
    public void Log_probabilities_are_those_of_the_untempered_softmax()
    {
        var token = Sample(0.5, 0.3, 1, top: 3);
        Assert.Equal(Math.Log(0.5), token.LogProb, 1e-6);
        Assert.Equal([2, 4, 0], token.Top.Select(t => t.Id));
        Assert.All(token.Top, t => Assert.Equal(Math.Log(Probabilities[t.Id]), t.LogProb, 1e-6));
    }

    [Fact]
    public void Seed_and_place_decide_the_draw()
    {
        Assert.All(Enumerable.Range(0, 20), i => Assert.Equal(Sample(1, 1, 5, i).Id, Sample(1, 1, 5, i).Id));
        Assert.Contains(Enumerable.Range(0, 20), i => Sample(1, 1, 5, i).Id != Sample(1, 1, 6, i).Id);
    }
}
