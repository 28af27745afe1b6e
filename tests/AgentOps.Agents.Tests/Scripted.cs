using AgentOps.Environments;

namespace AgentOps.Agents.Tests;

/// <summary>A policy that is one function of the transcript.</summary>
internal sealed class Scripted(Func<Transcript, Reply> act) : IPolicy
{
    public ValueTask<Reply> ActAsync(Transcript soFar, CancellationToken ct) => new(act(soFar));
}

/// <summary>A world that counts: "up" is worth a quarter, the fourth one ends it; "burst" throws, "bribe" gives a reward that no episode may have.</summary>
internal sealed class Counter : IEnvironment
{
    public static readonly EnvironmentInfo Info = new("counter", "1", 6, ["count"], () => new Counter()) { Content = task => task.ToString(), RandomCeiling = 1 };

    private int _count;

    public string TaskType => "count";

    private Observation Now => new($"At {_count}.", ["up", "stay"]);

    public Observation Reset(TaskId task)
    {
        _count = 0;
        return task.Index == 13 ? throw new IOException("the world is missing") : Now;
    }

    public Outcome Step(string action) => action switch
    {
        "up" => new(Now with { Text = $"At {++_count}." }, 0.25, _count == 4, Invalid: false),
        "stay" => new(Now, 0, false, Invalid: false),
        "burst" => throw new IOException("the world is gone"),
        "bribe" => new(Now, double.NaN, true, Invalid: false),
        _ => new(Now, 0, false, Invalid: true),
    };

    public string ExpertAction() => "up";
}
