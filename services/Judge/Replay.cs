using AgentOps.Contracts;
using AgentOps.Environments;

namespace AgentOps.Judge;

/// <summary>Environments are deterministic, so what was recorded can be played again.</summary>
public static class Replay
{
    /// <returns>The first difference between the record and the environment as one sentence; null where there is none.</returns>
    public static string? Differs(TrajectoryRecorded trajectory)
    {
        var task = TaskId.Parse(trajectory.Task);
        var environment = Catalogue.Find(task.Environment).Create();
        var seen = environment.Reset(task);
        var reward = 0.0;
        for (var i = 0; i < trajectory.Turns.Count; i++)
        {
            var turn = trajectory.Turns[i];
            if (turn.Role != seen.Role)
                return $"Played again, turn {i + 1} is {Whose(seen.Role)}, and it was recorded as {Whose(turn.Role)}.";
            if (turn.Observation != seen.Text)
                return $"Played again, the environment says something else at turn {i + 1} than was recorded.";
            var outcome = environment.Step(turn.Action);
            if (outcome.Invalid != turn.Invalid)
                return $"Played again, the action of turn {i + 1} is {(outcome.Invalid ? "invalid" : "valid")}, other than recorded.";
            reward += outcome.Reward;
            seen = outcome.Observation;
            if (outcome.Done && i < trajectory.Turns.Count - 1)
                return $"Played again, the episode ends at turn {i + 1} of {trajectory.Turns.Count}.";
        }
        return trajectory.Reward is { } recorded && Math.Abs(recorded - reward) > 1e-9
            ? $"Played again, the episode gives reward {reward} where {recorded} was recorded."
            : null;
    }

    private static string Whose(string? role) => role is null ? "nobody's in particular" : $"the {role}'s";
}
