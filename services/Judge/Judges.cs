using AgentOps.Contracts;
using AgentOps.Environments;

namespace AgentOps.Judge;

/// <summary>The judges by name. A judge is a pure function of a recorded trajectory; its version rises with every change of its opinion.</summary>
public static class Judges
{
    /// <summary>Turns in a row with the same action on the same observation before it counts as being stuck: AgentTuning's repetition failure, arXiv:2310.12823. Walking on in one direction is not stuck.</summary>
    private const int Repeats = 3;

    public static IReadOnlyDictionary<string, Func<TrajectoryRecorded, Opinion>> All { get; } = new Dictionary<string, Func<TrajectoryRecorded, Opinion>>
    {
        ["environment"] = Environment,
        ["rules"] = Rules,
    };

    /// <summary>What the machines among the judges say; people are asked apart.</summary>
    /// <exception cref="ArgumentException">No judge has one of the names.</exception>
    public static TrajectoryJudged Judge(JudgementId judgement, TrajectoryRecorded trajectory, IReadOnlyList<string> with)
    {
        var opinions = with.Where(name => name != JudgeStep.People).Select(name => All.TryGetValue(name, out var judge)
            ? judge(trajectory)
            : throw new ArgumentException($"There is no judge '{name}'; there are {string.Join(", ", All.Keys)}.")).ToList();
        var verdict = opinions.Any(o => o.Verdict == Verdict.Unusable) ? Verdict.Unusable
            : opinions.All(o => o.Verdict == Verdict.Accepted) ? Verdict.Accepted
            : Verdict.Rejected;
        return new(judgement, trajectory.Trajectory, verdict, opinions);
    }

    /// <summary>Plays the recorded actions again and accepts what reaches full reward, provided that the environment says and gives what was recorded.</summary>
    private static Opinion Environment(TrajectoryRecorded trajectory)
    {
        const string name = "environment/1";
        if (trajectory.Outcome == EpisodeOutcome.Failed)
            return new(name, Verdict.Unusable, null, [$"The episode failed: {trajectory.Reason}"]);
        if (Replay.Differs(trajectory) is { } difference)
            return new(name, Verdict.Unusable, null, [difference]);
        return trajectory.Succeeded()
            ? new(name, Verdict.Accepted, trajectory.Reward, ["The task was solved."])
            : new(name, Verdict.Rejected, trajectory.Reward, [trajectory.Outcome == EpisodeOutcome.Truncated ? trajectory.Reason ?? "The turns ran out before the task was solved." : $"The episode ended with reward {trajectory.Reward}."]);
    }

    /// <summary>Accepts clean play: every action valid, and not three times in a row the same action on the same observation.</summary>
    private static Opinion Rules(TrajectoryRecorded trajectory)
    {
        const string name = "rules/1";
        if (trajectory.Outcome == EpisodeOutcome.Failed)
            return new(name, Verdict.Unusable, null, [$"The episode failed: {trajectory.Reason}"]);
        var broken = new List<string>();
        var invalid = trajectory.Turns.Count(turn => turn.Invalid);
        if (invalid > 0)
            broken.Add($"{invalid} of {trajectory.Turns.Count} actions were invalid.");
        if (trajectory.Turns.Index().GroupBy(turn => turn.Item.Role).Select(Stuck).OfType<(int Index, RecordedTurn Turn)>().OrderBy(stuck => stuck.Index).ToArray() is [var (at, turn), ..])
            broken.Add($"The action '{turn.Action}' was taken {Repeats} times in a row on the same observation, at turn {at + 1}.");
        return broken.Count == 0
            ? new(name, Verdict.Accepted, 1, ["No rule was broken."])
            : new(name, Verdict.Rejected, 0, broken);
    }

    /// <summary>The turn at which an agent alone, or one role of a team among its own turns, is stuck; null where it never is.</summary>
    private static (int Index, RecordedTurn Turn)? Stuck(IEnumerable<(int Index, RecordedTurn Item)> own)
    {
        var turns = own.ToArray();
        for (var i = Repeats - 1; i < turns.Length; i++)
            if (Enumerable.Range(1, Repeats - 1).All(back => SameTurn(turns[i - back].Item, turns[i].Item)))
                return turns[i];
        return null;
    }

    private static bool SameTurn(RecordedTurn a, RecordedTurn b) => a.Action == b.Action && a.Observation == b.Observation;
}
