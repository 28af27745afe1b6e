using System.Net;
using AgentOps.Contracts;

namespace AgentOps.EndToEnd.Tests;

/// <summary>Steps that play elsewhere than their pipeline.</summary>
[Collection(OneStack.Name)]
public sealed class when_a_model_learns_in_two_environments(Stack stack)
{
    [Fact]
    public async Task It_is_trained_and_measured_in_both_and_its_lineage_names_both()
    {
        var run = await stack.SubmitAsync("two-worlds.yaml");

        var facts = await stack.EndOfAsync(run);

        Assert.IsType<RunSucceeded>(facts[^1].Data);
        Books.AssertBalanced(facts);
        Assert.Equal(24, facts.Of<DatasetBuilt>().Single(built => built.Kind == DatasetKind.Demonstrations).Samples);
        var pairs = facts.Of<DatasetBuilt>().Single(built => built.Kind == DatasetKind.Preferences);
        // Twelve of the expert's and twelve of its own; each failure is in a pair of trajectories and, where it left the expert's way, in one of steps.
        Assert.Equal(24, pairs.Balance.In);
        Assert.True(pairs.Samples > pairs.Balance.Used / 2, $"{pairs.Samples} pairs of {pairs.Balance}");
        Assert.Equal([("maze", "maze"), ("instructions", "instructions")], facts.Of<EvaluationPlanned>()
            .Select(planned => (planned.Work.Environment, Assert.Single(Played(planned).Select(task => task.Split('/')[0]).Distinct()))));
        var lineage = (await stack.Admin.GetAsync("/api/v1/models/two-worlds/versions/1/lineage")).Is(HttpStatusCode.OK).Json.ToString();
        Assert.Contains("maze/1#", lineage);
        Assert.Contains("instructions/1#", lineage);

        IEnumerable<string> Played(EvaluationPlanned planned) => facts.Of<TrajectoryRecorded>()
            .Where(trajectory => facts.Of<GenerationPlanned>().Single(generation => generation.Generation == trajectory.Generation).Evaluation == planned.Evaluation)
            .Select(trajectory => trajectory.Task);
    }
}
