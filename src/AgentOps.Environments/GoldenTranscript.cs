using System.Text;

namespace AgentOps.Environments;

/// <summary>What an environment says in a fixed set of episodes: five of every split as the expert plays them, and one of every split as a clumsy player does.</summary>
public static class GoldenTranscript
{
    private const int ExpertEpisodes = 5;
    private const int ClumsyTurns = 12;

    public static string Of(EnvironmentInfo info)
    {
        var text = new StringBuilder($"{info.Name}, version {info.Version}, at most {info.MaxTurns} turns\n");
        foreach (var split in Enum.GetValues<Split>())
        {
            for (var index = 0; index < ExpertEpisodes; index++)
                Play(info, new(info.Name, split, index), "expert", info.MaxTurns, (world, _, _) => world.ExpertAction(), text);
            Play(info, new(info.Name, split, ExpertEpisodes), "clumsy", ClumsyTurns, Clumsy, text);
        }
        return text.ToString();
    }

    /// <summary>Every third action is no action at all, the others take turns through the admissible ones.</summary>
    private static string Clumsy(IEnvironment world, Observation seen, int turn) =>
        turn % 3 == 2 ? "dance" : seen.AdmissibleActions[turn * 7 % seen.AdmissibleActions.Count];

    private static void Play(EnvironmentInfo info, TaskId task, string player, int turns, Func<IEnvironment, Observation, int, string> choose, StringBuilder text)
    {
        var world = info.Create();
        var seen = world.Reset(task);
        text.Append($"\n{task} ({world.TaskType}), {player}\n");
        for (var turn = 0; turn < turns; turn++)
        {
            var action = choose(world, seen, turn);
            text.Append($"  {Told(seen)}\n  [{string.Join(" | ", seen.AdmissibleActions)}]\n> {action}\n");
            var outcome = world.Step(action);
            seen = outcome.Observation;
            if (outcome.Invalid)
                text.Append("  (invalid)\n");
            if (outcome.Done)
            {
                text.Append($"  {Told(seen)}\n  (done, reward {outcome.Reward})\n");
                return;
            }
        }
        text.Append($"  {Told(seen)}\n");
    }

    private static string Told(Observation seen) => seen.Role is { } role ? $"{role}: {seen.Text}" : seen.Text;
}
