using System.Text;

namespace AgentOps.Environments.Tests;

/// <summary>An episode that was played for a test.</summary>
internal sealed record Played(bool Done, double Reward, int Turns, int Invalid, string Log)
{
    public static Played ByExpert(EnvironmentInfo info, TaskId task)
    {
        var world = info.Create();
        world.Reset(task);
        return Through(world, (w, _) => w.ExpertAction(), info.MaxTurns);
    }

    public static Played AtRandom(EnvironmentInfo info, TaskId task, long seed, IEnvironment? world = null, int? turns = null)
    {
        var rng = new Rng(Seed.Of(task, seed, 0));
        world ??= info.Create();
        var seen = world.Reset(task);
        return Through(world, (_, now) => rng.Pick((now ?? seen).AdmissibleActions), turns ?? info.MaxTurns);
    }

    public static Played Through(IEnvironment world, Func<IEnvironment, Observation?, string> choose, int turns)
    {
        var (log, reward, invalid) = (new StringBuilder(), 0.0, 0);
        Observation? seen = null;
        for (var turn = 1; turn <= turns; turn++)
        {
            var action = choose(world, seen);
            var outcome = world.Step(action);
            seen = outcome.Observation;
            reward += outcome.Reward;
            invalid += outcome.Invalid ? 1 : 0;
            log.Append($"> {action}\n{seen.Text}\n{string.Join('|', seen.AdmissibleActions)}\n");
            if (outcome.Done)
                return new(true, reward, turn, invalid, log.ToString());
        }
        return new(false, reward, turns, invalid, log.ToString());
    }
}
