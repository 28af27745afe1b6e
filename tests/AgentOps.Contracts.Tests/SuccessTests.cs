namespace AgentOps.Contracts.Tests;

public sealed class SuccessTests
{
    [Theory]
    [InlineData(EpisodeOutcome.Scored, 1.0, true)]
    [InlineData(EpisodeOutcome.Scored, 0.99, false)]
    [InlineData(EpisodeOutcome.Truncated, 1.0, false)]
    [InlineData(EpisodeOutcome.Truncated, 0.5, false)]
    [InlineData(EpisodeOutcome.Failed, null, false)]
    public void Only_an_episode_that_the_environment_ended_with_the_full_reward_is_a_success(EpisodeOutcome outcome, double? reward, bool success)
    {
        var summary = new TrajectorySummary(TrajectoryId.From(NameBasedGuid.Of("t")), "maze/train/0", "near", 0, outcome, reward, 5, 0);

        Assert.Equal(success, summary.Succeeded());
    }
}
