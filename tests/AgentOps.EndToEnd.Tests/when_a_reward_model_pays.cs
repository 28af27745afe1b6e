using System.Net;
using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.EndToEnd.Tests;

/// <summary>Explored, judged, a reward model trained, an online training paid by it.</summary>
[Collection(OneStack.Name)]
public sealed class when_a_reward_model_pays(Stack stack) : IAsyncLifetime
{
    private const string Pairs = "4.train";
    private const string Outcomes = "5.train";
    private const string Online = "6.train";

    public async Task InitializeAsync()
    {
        if ((await stack.Admin.GetAsync("/api/v1/models/online-base")).Status == HttpStatusCode.NotFound)
            Assert.Single((await stack.EndOfAsync(await stack.SubmitAsync("online-base.yaml"))).Of<RunSucceeded>());
    }

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task The_model_that_it_paid_is_made_of_it_and_of_all_that_it_learned_from_and_is_made_again_with_it()
    {
        var first = await stack.EndOfAsync(await stack.SubmitAsync("paid-by-a-model.yaml"));
        Books.AssertBalanced(first);
        var (pairs, outcomes, online) = (Trained(first, Pairs), Trained(first, Outcomes), Trained(first, Online));
        Assert.Equal(pairs.Model, ((TrainWork)outcomes.Work).From);
        foreach (var scorer in new[] { pairs, outcomes })
        {
            Assert.True(scorer.Balance!.Closed().HeldOut > 0);
            Assert.Contains("heldOut.accuracy", scorer.Metrics.Keys);
        }
        Assert.Equal(outcomes.Model, ((OnlineTrainWork)online.Work).RewardModel);
        Assert.Superset(new HashSet<string> { "reward.model", "environmentReward" }, online.Metrics.Keys.ToHashSet());
        Assert.Equal([null, outcomes.Model], first.Of<IterationRequested>().Select(iteration => iteration.RewardModel));

        await AssertLineageAsync(first, pairs, outcomes);
        await AssertItPlaysNothingAsync(outcomes.Model);
        await AssertWithdrawalMarksAsync(first);

        var accepted = (await stack.Admin.PostAsync($"/api/v1/runs/{first[0].Meta.Run}/reproduce?model={online.Model}&from=generation", new { })).Is(HttpStatusCode.Accepted);
        var again = await stack.EndOfAsync(accepted.Json.GetProperty("id").GetGuid());
        Assert.IsType<RunSucceeded>(again[^1].Data);
        Assert.Equal([pairs.Model, outcomes.Model, online.Model], again.Of<TrainingCompleted>().Select(completed => completed.Model));
    }

    private static TrainingCompleted Trained(IReadOnlyList<StoredEvent> facts, string path) => Assert.Single(facts.Of<TrainingCompleted>(), training => training.Step.Path == path);

    private async Task AssertLineageAsync(IReadOnlyList<StoredEvent> facts, TrainingCompleted pairs, TrainingCompleted outcomes)
    {
        var lineage = (await stack.Admin.GetAsync($"/api/v1/lineage/{facts.Promoted()}")).Is(HttpStatusCode.OK).Json;
        var nodes = lineage.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("reference")).Select(reference => (reference.GetProperty("kind").GetString(), reference.GetProperty("id").GetString())).ToHashSet();

        Assert.Superset(new HashSet<(string?, string?)> { ("model", pairs.Model.ToString()), ("model", outcomes.Model.ToString()) }, nodes);
        Assert.All(facts.Of<DatasetBuilt>(), built => Assert.Contains(("dataset", built.Dataset.ToString()), nodes));
    }

    private async Task AssertItPlaysNothingAsync(Digest rewardModel)
    {
        var answer = await stack.Admin.PostAsync("/v1/chat/completions", new { model = rewardModel.ToString(), messages = new[] { new { role = "user", content = "north" } } });

        Assert.NotEqual(HttpStatusCode.OK, answer.Status);
        Assert.Contains("is a reward model: it scores episodes and plays none", answer.Text, StringComparison.Ordinal);
    }

    private async Task AssertWithdrawalMarksAsync(IReadOnlyList<StoredEvent> facts)
    {
        var version = Assert.Single(facts.Of<ModelVersionRegistered>());
        var explored = facts.Of<GenerationPlanned>().First(planned => planned.Training is null && planned.Evaluation is null).Generation;
        // Used by the reward models alone: the policy has played others.
        var trajectory = facts.Of<TrajectoryRecorded>().First(recorded => recorded.Generation == explored).Trajectory;

        var withdrawn = (await stack.Admin.PostAsync("/api/v1/withdrawals", new { kind = "trajectory", id = trajectory.ToString(), reason = "asked for" })).Is(HttpStatusCode.Created);

        Assert.Equal([$"paid-agent:{version.Version}"], withdrawn.Json.GetProperty("then").GetProperty("versions").EnumerateArray().Select(text => text.GetString()));
    }
}
