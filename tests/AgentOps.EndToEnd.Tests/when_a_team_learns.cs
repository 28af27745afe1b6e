using System.Net;
using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.EndToEnd.Tests;

/// <summary>Two agents that play every episode together.</summary>
[Collection(OneStack.Name)]
public sealed class when_a_team_learns(Stack stack)
{
    private static readonly string[] Roles = ["planner", "worker"];

    [Fact]
    public async Task One_model_plays_all_roles_or_each_has_its_own_and_whoever_learned_beside_whom_stands_in_the_lineage_and_is_made_again_with_it()
    {
        var run = await stack.SubmitAsync("crew.yaml");

        var facts = await stack.EndOfAsync(run);

        Assert.True(facts[^1].Data is RunSucceeded, facts[^1].Data.ToString());
        Books.AssertBalanced(facts);
        var models = facts.Of<StepCompleted>().Select(step => step.Output).OfType<ModelOutput>().Select(output => output.Model).ToArray();
        var (plans, learned, preferred) = (models[2], models[4], models[6]);
        AssertRolesAreNamed(facts);
        AssertEachDataSetIsOfItsRoles(facts);
        AssertTheWorkerLearnedBesideThePlanner(facts, plans);
        Assert.Equal($"planner: {plans}, worker: {learned}", facts.Of<GenerationPlanned>().Single(planned => planned.Step.Path == "8.generate").Work.Policy.ToString());

        var decided = Assert.Single(facts.Of<PromotionDecided>());
        var candidate = Assert.Single(decided.Candidates);
        Assert.Equal((preferred, $"planner: {plans}, worker: {preferred}"), (candidate.Model, candidate.Team!.ToString()));
        Assert.Equal(preferred, facts.Promoted());
        var lineage = (await stack.Admin.GetAsync("/api/v1/models/crew-worker/versions/1/lineage")).Is(HttpStatusCode.OK).Json.ToString();
        Assert.All([plans, learned, preferred], model => Assert.Contains(model.ToString(), lineage));
        Assert.Contains("crew/1#", lineage);
        await AssertShownAsync(facts);
        await AssertMadeAgainAsync(facts);
    }

    /// <summary>Every turn of every episode is somebody's, and a role that a model played has its own tokens.</summary>
    private static void AssertRolesAreNamed(IReadOnlyList<StoredEvent> facts)
    {
        foreach (var trajectory in facts.Of<TrajectoryRecorded>())
        {
            Assert.NotEmpty(trajectory.Turns);
            Assert.All(trajectory.Turns, turn => Assert.Contains(turn.Role, Roles));
            Assert.Null(trajectory.Tokens);
            Assert.Equal(
                trajectory.Turns.Select(turn => turn.Role!).Where(role => (trajectory.Policy.Members?[role] ?? trajectory.Policy).Kind == PolicyKind.Model).Distinct().Order(),
                (trajectory.RoleTokens?.Keys ?? []).Order());
        }
    }

    private static void AssertEachDataSetIsOfItsRoles(IReadOnlyList<StoredEvent> facts)
    {
        int Samples(string path) => facts.Of<DatasetBuilt>().Single(built => built.Step.Path == path).Balance.In;

        // Forty episodes, of each the planner's part and the worker's; then one of the two. Of the pairs' eighteen episodes the worker's.
        Assert.Equal((80, 40, 40, 18), (Samples("3.train.dataset"), Samples("4.train.dataset"), Samples("5.train.dataset"), Samples("11.pair")));
    }

    private static void AssertTheWorkerLearnedBesideThePlanner(IReadOnlyList<StoredEvent> facts, Digest plans)
    {
        var asked = facts.Of<IterationRequested>().Where(iteration => iteration.Step.Path == "6.train").ToArray();
        Assert.Equal(2, asked.Length);
        foreach (var iteration in asked)
            Assert.All(facts.Of<TrajectoryRecorded>().Where(trajectory => trajectory.Generation == iteration.Generation),
                trajectory => Assert.Equal($"planner: {plans}, worker: {iteration.Policy}", trajectory.Policy.ToString()));
        TrainingCompleted Trained(string path) => facts.Of<TrainingCompleted>().Single(training => training.Step.Path == path);
        Assert.Contains(Reference.Model(plans), Trained("6.train").Inputs);
        // Two iterations of sixteen episodes, of each the worker's part; jointly two of nine, of each both parts.
        Assert.Equal((32, 36), (Trained("6.train").Balance!.In, Trained("7.train").Balance!.In));
        Assert.True(Trained("6.train").Balance!.Used > 0 && Trained("7.train").Balance!.Used > 0);
    }

    private async Task AssertShownAsync(IReadOnlyList<StoredEvent> facts)
    {
        var played = facts.Of<TrajectoryRecorded>().First(trajectory => trajectory.Policy.Kind == PolicyKind.Team);
        var shown = (await stack.Admin.GetAsync($"/api/v1/trajectories/{played.Trajectory}")).Is(HttpStatusCode.OK).Json;
        Assert.Equal(played.Policy.ToString(), shown.GetProperty("policy").GetString());
        Assert.Equal(played.Turns.Select(turn => turn.Role), shown.GetProperty("turns").EnumerateArray().Select(turn => turn.GetProperty("role").GetString()));
    }

    /// <summary>From its first episode on, with the planner beside whom it learned.</summary>
    private async Task AssertMadeAgainAsync(IReadOnlyList<StoredEvent> facts)
    {
        var accepted = (await stack.Admin.PostAsync($"/api/v1/runs/{facts[0].Meta.Run}/reproduce?model={facts.Promoted()}&from=generation", new { })).Is(HttpStatusCode.Accepted);

        var again = await stack.EndOfAsync(accepted.Json.GetProperty("id").GetGuid());

        Assert.True(again[^1].Data is RunSucceeded, again[^1].Data.ToString());
        Assert.Equal(facts.Promoted(), again.Of<TrainingCompleted>()[^1].Model);
        Assert.Equal(
            facts.Of<TrainingCompleted>().Where(training => training.Step.Path is "4.train" or "6.train").Select(training => training.Model),
            again.Of<TrainingCompleted>().Where(training => training.Step.Path is "4.train" or "6.train").Select(training => training.Model));
    }
}
