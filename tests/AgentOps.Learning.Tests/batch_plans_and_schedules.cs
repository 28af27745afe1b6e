namespace AgentOps.Learning.Tests;

public sealed class Batch_plans_and_schedules
{
    private static readonly int[] Lengths = [.. Enumerable.Range(0, 100).Select(i => 10 + 7 * i % 50)];

    [Fact]
    public void An_epoch_takes_every_sample_once()
    {
        var plan = BatchPlan.Of(Lengths, 200, null, epochs: 1, seed: 3);

        Assert.Equal(Enumerable.Range(0, 100), plan.SelectMany(batch => batch).Order());
    }

    [Fact]
    public void A_batch_stays_within_its_tokens_with_padding_and_a_longer_sample_stands_alone()
    {
        int[] lengths = [.. Lengths, 500];

        var plan = BatchPlan.Of(lengths, 200, null, epochs: 2, seed: 3);

        Assert.All(plan, batch => Assert.True(batch.Length * batch.Max(sample => lengths[sample]) <= 200 || batch is [100]));
        Assert.Equal(2, plan.Count(batch => batch is [100]));
    }

    [Fact]
    public void Length_bucketing_keeps_padding_below_a_tenth()
    {
        var plan = BatchPlan.Of(Lengths, 300, null, epochs: 1, seed: 3);

        var area = plan.Sum(batch => batch.Length * batch.Max(sample => Lengths[sample]));
        Assert.True(Lengths.Sum() > 0.9 * area, $"{Lengths.Sum()} tokens in {area} places.");
    }

    [Fact]
    public void The_order_follows_from_seed_and_epoch()
    {
        string Written(IReadOnlyList<int[]> plan) => string.Join("; ", plan.Select(batch => string.Join(' ', batch)));
        var two = BatchPlan.Of(Lengths, 200, null, epochs: 2, seed: 3);
        var one = BatchPlan.Of(Lengths, 200, null, epochs: 1, seed: 3);

        Assert.Equal(Written(two), Written(BatchPlan.Of(Lengths, 200, null, epochs: 2, seed: 3)));
        Assert.Equal(Written(one), Written([.. two.Take(one.Count)]));
        Assert.NotEqual(Written(one), Written([.. two.Skip(one.Count)]));
        Assert.NotEqual(Written(one), Written(BatchPlan.Of(Lengths, 200, null, epochs: 1, seed: 4)));
    }

    [Fact]
    public void A_token_budget_ends_with_the_batch_that_reaches_it()
    {
        var plan = BatchPlan.Of(Lengths, 200, tokens: 10_000, null, seed: 3);

        var tokens = plan.Sum(batch => batch.Sum(sample => Lengths[sample]));
        Assert.InRange(tokens, 10_000, 10_199);
        Assert.True(tokens - plan[^1].Sum(sample => Lengths[sample]) < 10_000);
    }

    [Fact]
    public void In_a_mixture_each_source_keeps_to_its_share_of_tokens_at_every_place()
    {
        // One source of a hundred short samples, one of three long ones, which is gone through again and again.
        int[] lengths = [.. Lengths, 90, 100, 110];
        var mixture = new Mixture([[.. Enumerable.Range(0, 100)], [100, 101, 102]], [0.25, 0.75]);

        var (first, second) = (0L, 0L);
        foreach (var sample in mixture.InOrder(lengths, seed: 3).Take(2000))
        {
            (first, second) = sample < 100 ? (first + lengths[sample], second) : (first, second + lengths[sample]);
            Assert.InRange(first - 0.25 * (first + second), -110, 110);
        }
    }

    [Fact]
    public void Of_many_sources_none_is_more_than_a_sample_above_its_share_and_one_may_be_further_below()
    {
        // Each source has one sample of one token, so that a token is a sample.
        double[] shares = [0.05, 0.3, 0.3, 0.35];
        var mixture = new Mixture([[0], [1], [2], [3]], shares);
        var (taken, lowest) = (new int[4], 0.0);

        foreach (var (place, source) in mixture.InOrder([1, 1, 1, 1], seed: 3).Take(2000).Index())
        {
            taken[source]++;
            for (var i = 0; i < 4; i++)
            {
                var above = taken[i] - shares[i] * (place + 1);
                Assert.True(above < 1 + 1e-9, $"After {place + 1} samples source {i} is {above} above its share.");
                lowest = Math.Min(lowest, above);
            }
        }
        // Below by what three others are above, at most.
        Assert.InRange(lowest, -3, -1);
    }

    [Fact]
    public void A_mixture_takes_every_sample_of_a_source_before_it_takes_one_again()
    {
        var mixture = new Mixture([[0, 1, 2, 3], [4, 5, 6]], [0.5, 0.5]);

        var order = mixture.InOrder([1, 1, 1, 1, 1, 1, 1], seed: 3).Take(24).ToArray();

        Assert.All(order.Where(sample => sample < 4).Chunk(4), pass => Assert.Equal([0, 1, 2, 3], pass.Order()));
        Assert.All(order.Where(sample => sample >= 4).Chunk(3), pass => Assert.Equal([4, 5, 6], pass.Order()));
    }

    [Theory]
    [InlineData(20_000)]
    // A little more than one pool of sixteen batches.
    [InlineData(5_100)]
    public void A_mixtures_plan_keeps_to_batch_budget_and_shares_and_follows_from_the_seed(int tokens)
    {
        int[] lengths = [.. Lengths, 90, 100, 110];
        var mixture = new Mixture([[.. Enumerable.Range(0, 100)], [100, 101, 102]], [0.25, 0.75]);
        string Written(long seed) => string.Join("; ", BatchPlan.Mixed(lengths, mixture, 300, tokens, seed).Select(batch => string.Join(' ', batch)));

        var plan = BatchPlan.Mixed(lengths, mixture, 300, tokens, seed: 3);

        Assert.All(plan, batch => Assert.True(batch.Length * batch.Max(sample => lengths[sample]) <= 300));
        Assert.InRange(plan.Sum(batch => batch.Sum(sample => lengths[sample])), tokens, tokens + 299);
        // To one sample, and to the batch that the last tokens may have left over.
        Assert.InRange(plan.Sum(batch => batch.Where(sample => sample < 100).Sum(sample => lengths[sample])) - tokens / 4, -220, 220);
        Assert.Equal(Written(3), Written(3));
        Assert.NotEqual(Written(3), Written(4));
    }

    [Fact]
    public void An_empty_set_is_an_error_with_a_sentence()
    {
        var error = Assert.Throws<ArgumentException>(() => BatchPlan.Of([], 200, null, epochs: 1, seed: 3));
        Assert.Contains("nothing to train on", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_cosine_rises_over_a_twentieth_and_falls_towards_zero()
    {
        // 40 steps: 2 of warm-up, then 38 that fall over 39 places. Step 1: 1/2. Step 2: 1. Step 40: (1 + cos(π·38/39)) / 2 = 0.0016209.
        Assert.Equal(0.5, Schedule.Cosine(1, 40, 1), 9);
        Assert.Equal(1.0, Schedule.Cosine(2, 40, 1), 9);
        Assert.Equal(0.0016209, Schedule.Cosine(40, 40, 1), 6);
        // A training of one step is all warm-up.
        Assert.Equal(1.0, Schedule.Cosine(1, 1, 1), 9);
    }
}
