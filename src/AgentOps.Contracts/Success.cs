namespace AgentOps.Contracts;

/// <summary>What counts as a success wherever episodes are judged, counted or chosen: the environment ended the episode with the full reward. An episode that the turn limit cut off or that failed is none.</summary>
public static class Success
{
    /// <summary>The reward of a solved task; rewards lie in [0, 1].</summary>
    public const double FullReward = 1;

    public static bool Of(EpisodeOutcome outcome, double? reward) => outcome == EpisodeOutcome.Scored && reward >= FullReward;

    public static bool Succeeded(this TrajectoryRecorded trajectory) => Of(trajectory.Outcome, trajectory.Reward);

    public static bool Succeeded(this TrajectorySummary trajectory) => Of(trajectory.Outcome, trajectory.Reward);
}
