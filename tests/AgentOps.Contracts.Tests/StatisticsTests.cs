namespace AgentOps.Contracts.Tests;

public sealed class StatisticsTests
{
    [Fact]
    public void Wilson_of_45_in_60_is_the_hand_derived_interval()
    {
        // p = .75, n = 60, z = 1.96: z² = 3.8415; centre (.75 + .032012) / 1.064024 = .734957;
        // half z·sqrt(.75·.25/60 + 3.8415/14400) / 1.064024 = 1.96·sqrt(.003125 + .00026677) / 1.064024 = .107279.
        var share = Statistics.Wilson(45, 60);

        Assert.Equal(0.75, share.Rate);
        Assert.Equal(0.6277, share.Low, 4);
        Assert.Equal(0.8422, share.High, 4);
    }

    [Fact]
    public void Wilson_of_no_success_has_an_upper_limit_of_z_squared_over_n_plus_z_squared()
    {
        // p = 0: both terms are z²/2n, so the upper limit is (z²/n) / (1 + z²/n) = 3.8415 / 303.8415 = .012643.
        var share = Statistics.Wilson(0, 300);

        Assert.Equal(0, share.Low);
        Assert.Equal(0.012643, share.High, 6);
    }

    [Fact]
    public void Nothing_is_known_from_no_trials() => Assert.Equal((0.0, 1.0), (Statistics.Wilson(0, 0).Low, Statistics.Wilson(0, 0).High));

    [Theory]
    [InlineData(0, 0, 1)]
    [InlineData(5, 0, 0.0625)]         // 2 · (1/2)^5
    [InlineData(1, 5, 0.21875)]        // 2 · (1 + 6) / 64
    [InlineData(3, 3, 1)]              // 2 · (1 + 6 + 15 + 20) / 64 > 1
    [InlineData(2, 8, 0.109375)]       // 2 · (1 + 10 + 45) / 1024
    public void Exact_McNemar_is_twice_the_smaller_binomial_tail(int onlyA, int onlyB, double p)
    {
        Assert.Equal(p, Statistics.ExactMcNemar(onlyA, onlyB), 12);
        Assert.Equal(p, Statistics.ExactMcNemar(onlyB, onlyA), 12);
    }

    [Fact]
    public void Exact_McNemar_stays_finite_where_two_to_the_minus_n_does_not()
    {
        // 1,200 coins, 600 to 600: certainly no difference; 0 to 1,200: certainly one, though 2^-1199 underflows to zero.
        Assert.Equal(1, Statistics.ExactMcNemar(600, 600));
        Assert.InRange(Statistics.ExactMcNemar(0, 1200), 0, 1e-300);
    }
}
