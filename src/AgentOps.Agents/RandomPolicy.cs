using AgentOps.Environments;

namespace AgentOps.Agents;

/// <summary>Takes each admissible action with the same probability: the floor under every learned policy. The same task and seed give the same episode.</summary>
public sealed class RandomPolicy : IPolicy
{
    public ValueTask<Reply> ActAsync(Transcript soFar, CancellationToken ct)
    {
        var rng = new Rng(Seed.Of(soFar.Task, soFar.Seed, soFar.Turns.Count));
        return new(new Reply(rng.Pick(soFar.Now.AdmissibleActions)));
    }
}
