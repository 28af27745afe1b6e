using AgentOps.Contracts;
using AgentOps.Environments;
using AgentOps.Models;

namespace AgentOps.Learning.Tests;

public sealed class Learning
{
    [Fact]
    public void The_copy_stage_reaches_its_target_and_stops_there()
    {
        using var state = Tiny.State();
        var options = new CopyStage.Options(Tokens: 2_000_000, BatchTokens: 768, Length: 24, LongestPeriod: 6, Target: 0.8);

        var reports = CopyStage.Train(state, [.. Enumerable.Range(4, 12)], options, seed: 1).ToList();

        Assert.True(state.Finished, $"After {reports.Count} steps the accuracy is {reports[^1].Metrics["copyAccuracy"]}.");
        Assert.True(reports[^1].Metrics["copyAccuracy"] >= 0.8);
        Assert.All(reports[..^1], report => Assert.True(report.Metrics["copyAccuracy"] < 0.8));
        Assert.Empty(CopyStage.Train(state, [.. Enumerable.Range(4, 12)], options, seed: 1));
    }

    [Fact]
    public void A_copy_string_repeats_its_period_and_carries_loss_from_the_second_repeated_token_on()
    {
        var options = new CopyStage.Options();
        for (var seed = 0UL; seed < 200; seed++)
        {
            var text = CopyStage.RandomString([.. Enumerable.Range(4, 500)], options, new Rng(seed));
            var period = text.Trained[0][0] - 1;

            Assert.InRange(period, 3, 16);
            Assert.Equal([[period + 1, 48 - period - 1]], text.Trained);
            Assert.Equal(text.Ids[period..], text.Ids[..^period]);
        }
    }
}
