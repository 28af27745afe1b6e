using System.Net;
using AgentOps.Contracts;
using AgentOps.Ledger;
using AgentOps.Proofs;

namespace AgentOps.EndToEnd.Tests;

/// <summary>A training that asks for its own episodes, iteration after iteration.</summary>
[Collection(OneStack.Name)]
public sealed class when_a_model_learns_online(Stack stack) : IAsyncLifetime
{
    private const string Path = "1.train";

    public Task InitializeAsync() => stack.HasOnlineBaseAsync();

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [InlineData("online.yaml", 3)]
    [InlineData("online-ppo.yaml", 4)]
    public async Task Every_episode_names_the_policy_that_played_it_and_killed_or_made_again_the_same_model_comes_out(string pipeline, int iterations)
    {
        var first = await stack.EndOfAsync(await stack.SubmitAsync(pipeline));
        AssertPlayedByThePolicyOfItsIteration(first, iterations);
        AssertWithinTheirHorizon(first, has: pipeline.Contains("ppo", StringComparison.Ordinal));
        await AssertLineageAsync(first);
        await AssertEvidenceAsync(first);

        var killed = await stack.SubmitAsync(pipeline);
        var training = TrainingId.Of(RunId.From(killed), Path);
        await Task.WhenAll(
            stack.KillAsync("generator", killed, e => e is IterationRequested { Iteration: 0 }),
            stack.KillAsync("trainer", killed, e => e is CheckpointSaved saved && saved.Training == training));
        var second = await stack.EndOfAsync(killed);
        AssertPlayedByThePolicyOfItsIteration(second, iterations);
        Assert.Equal(2, second.Of<TrainingLeased>().Count(leased => leased.Training == training));
        Assert.Equal(first.Promoted(), second.Promoted());

        var accepted = (await stack.Admin.PostAsync($"/api/v1/runs/{first[0].Meta.Run}/reproduce?model={first.Promoted()}&from=generation", new { })).Is(HttpStatusCode.Accepted);
        var again = await stack.EndOfAsync(accepted.Json.GetProperty("id").GetGuid());
        Assert.IsType<RunSucceeded>(again[^1].Data);
        Assert.Equal(first.Promoted(), again.Of<TrainingCompleted>()[^1].Model);
    }

    [Fact]
    public async Task Cancelled_it_ends_with_its_episodes()
    {
        var run = await stack.SubmitAsync("online.yaml");
        await stack.Facts.WaitForAsync("the first iteration", run, e => e is IterationRequested);
        (await stack.Admin.PostAsync($"/api/v1/runs/{run}/cancel", new { })).Is(HttpStatusCode.Accepted);

        var facts = await stack.EndOfAsync(run);

        // A shard that is in play when it ends is recorded all the same.
        Assert.Single(facts.Of<RunCancelled>());
        Assert.Empty(facts.Of<RunSucceeded>());
        Assert.DoesNotContain(facts.Of<TrainingCompleted>(), completed => completed.Step.Path == Path);
        Assert.Empty(facts.Of<RunFailed>());
    }

    private static void AssertWithinTheirHorizon(IReadOnlyList<StoredEvent> facts, bool has)
    {
        Assert.All(facts.Of<IterationRequested>(), iteration => Assert.Equal(has, iteration.Work.MaxTurns is not null));
        foreach (var (generation, most) in facts.Of<IterationRequested>().Where(iteration => iteration.Work.MaxTurns is not null).Select(iteration => (iteration.Generation, iteration.Work.MaxTurns)))
            Assert.All(facts.Of<TrajectoryRecorded>().Where(trajectory => trajectory.Generation == generation), trajectory => Assert.InRange(trajectory.TurnCount, 1, most!.Value));
    }

    private static void AssertPlayedByThePolicyOfItsIteration(IReadOnlyList<StoredEvent> facts, int iterations)
    {
        Books.AssertBalanced(facts);
        var asked = facts.Of<IterationRequested>();
        Assert.Equal(Enumerable.Range(0, iterations), asked.Select(iteration => iteration.Iteration));
        Assert.Equal(asked[0].From, asked[0].Policy);
        Assert.Distinct(asked.Select(iteration => iteration.Policy));
        foreach (var iteration in asked)
            Assert.All(facts.Of<TrajectoryRecorded>().Where(trajectory => trajectory.Generation == iteration.Generation), trajectory => Assert.Equal(iteration.Policy, trajectory.Policy.Model));
        var completed = Assert.Single(facts.Of<TrainingCompleted>(), training => training.Step.Path == Path);
        Assert.Equal(asked.Select(iteration => iteration.Generation), completed.Played);
        Assert.Equal(iterations * 36, completed.Balance!.In);
        Assert.True(completed.Balance.Used > 0);
    }

    private async Task AssertEvidenceAsync(IReadOnlyList<StoredEvent> facts)
    {
        var version = Assert.Single(facts.Of<ModelVersionRegistered>());
        var bundle = await stack.EvidenceAsync($"models/{version.Model}/versions/{version.Version}");

        var policies = EvidenceVerifier.Verify(new MemoryStream(bundle), null).Lineage.Where(node => node.Reference.Kind == "model").Select(node => node.Reference.Id).ToHashSet();

        Assert.All(facts.Of<IterationRequested>(), iteration => Assert.Contains(iteration.Policy.ToString(), policies));
    }

    private async Task AssertLineageAsync(IReadOnlyList<StoredEvent> facts)
    {
        var lineage = (await stack.Admin.GetAsync($"/api/v1/lineage/{facts.Promoted()}")).Is(HttpStatusCode.OK).Json;
        var nodes = lineage.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("reference")).Select(reference => (reference.GetProperty("kind").GetString(), reference.GetProperty("id").GetString())).ToHashSet();

        foreach (var iteration in facts.Of<IterationRequested>())
        {
            Assert.Contains(("generation", iteration.Generation.ToString()), nodes);
            Assert.Contains(("model", iteration.Policy.ToString()), nodes);
        }
    }
}
