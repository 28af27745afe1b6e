using AgentOps.Environments;

namespace AgentOps.Agents;

/// <summary>The environment's scripted expert, from wherever the episode has come to: it repeats the transcript's actions in an environment of its own and asks there.</summary>
public sealed class ExpertPolicy : IPolicy
{
    public ValueTask<Reply> ActAsync(Transcript soFar, CancellationToken ct)
    {
        var world = Catalogue.Find(soFar.Task.Environment).Create();
        world.Reset(soFar.Task);
        foreach (var turn in soFar.Turns)
            world.Step(turn.Action);
        return new(new Reply(world.ExpertAction()));
    }
}
