using System.Text;
using AgentOps.Contracts;
using AgentOps.Tests;

namespace AgentOps.LineageBenchmark;

/// <summary>A model version, deployed, and what is asked about it.</summary>
internal sealed record Trained(string Name, Reference Version, Reference Generation, Reference Judgement, Reference Dataset, Reference Trajectory);

/// <summary>Fills the ledger with runs that all come to the same base, one of them large and the others of a thousand trajectories.</summary>
internal static class History
{
    private const int Shard = 50;
    private const int SmallRun = 1_000;

    /// <returns>The large run's version.</returns>
    public static async Task<Trained> FillAsync(PrivateLedger ledger, string name, int trajectories, int upTo)
    {
        for (var run = 0; await ledger.Store.HeadAsync() < upTo / 20; run++)
            await RunAsync(ledger, $"{name}-before-{run}", SmallRun);
        var trained = await RunAsync(ledger, name, trajectories);
        for (var run = 0; await ledger.Store.HeadAsync() < upTo - (2 * SmallRun); run++)
            await RunAsync(ledger, $"{name}-after-{run}", SmallRun);
        return trained;
    }

    private static async Task<Trained> RunAsync(PrivateLedger ledger, string name, int episodes)
    {
        var facts = new PipelineFacts(RunId.Create());
        var (scratch, model) = (Bytes("base"), Bytes(name));
        facts.Submitted("ada");
        facts.Trained(PipelineFacts.Scratch, scratch);
        var (generation, trajectories) = facts.Played(new(PolicyKind.Model, scratch), episodes, Shard, turns: 4);
        var judgement = facts.Judged(generation, trajectories, Shard);
        var members = await ledger.Artifacts.PutAsync(Encoding.ASCII.GetBytes(string.Concat(trajectories.Select(t => $"{t}\n"))));
        var dataset = facts.Built(generation, judgement, scratch, Bytes(name + " data"), members, episodes);
        facts.Trained(scratch, dataset, Bytes(name + " data"), model);
        facts.Registered(name, 1, model);
        facts.Promoted(name, 1, facts.Evaluated(generation, model, scratch), model, scratch);
        facts.Deployed(name, name, 1, model);
        await ledger.AppendAsync(facts.All);
        return new(name, ModelEvents.Version(name, 1), Reference.To(ReferenceKind.Generation, generation), Reference.To(ReferenceKind.Judgement, judgement),
            Reference.To(ReferenceKind.Dataset, dataset), Reference.To(ReferenceKind.Trajectory, trajectories[episodes / 2]));
    }

    private static Digest Bytes(string name) => Digest.Of(Encoding.ASCII.GetBytes(name));
}
