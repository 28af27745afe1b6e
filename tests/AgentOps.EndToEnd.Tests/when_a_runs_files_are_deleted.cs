using System.Net;
using System.Text.Json;
using AgentOps.Artifacts;
using AgentOps.Contracts;

namespace AgentOps.EndToEnd.Tests;

[Collection(OneStack.Name)]
public sealed class when_a_runs_files_are_deleted(Stack stack)
{
    [Fact]
    public async Task What_another_run_has_as_well_stays_until_that_is_given_up_too()
    {
        var (first, second) = (await stack.SubmitAsync("given-up.yaml"), await stack.SubmitAsync("given-up.yaml"));
        var made = await stack.EndOfAsync(first);
        await stack.EndOfAsync(second);
        Digest[] models = [.. made.Of<TrainingCompleted>().Select(t => t.Model)];
        var (data, members) = made.Of<DatasetBuilt>().Select(d => (d.Data, d.Members)).Single();
        var store = new ArtifactStore(stack.ArtifactFolder());

        var kept = await DeletedAsync(first);

        // A training's checkpoints name its data set, and so are one run's alone.
        var training = TrainingId.Of(RunId.From(first), "3.train");
        Assert.Equal(made.Of<CheckpointSaved>().Where(saved => saved.Training == training).Select(saved => saved.State).Distinct().Count(), kept.GetProperty("deleted").GetInt32());
        Assert.All([.. models, data], artifact => Assert.True(store.ExistsAsync(artifact).Result));

        var deleted = await DeletedAsync(second);

        // Its own checkpoints, and all that the first one left.
        Assert.Equal(kept.GetProperty("deleted").GetInt32() + kept.GetProperty("kept").GetInt32(), deleted.GetProperty("deleted").GetInt32());
        Assert.Equal(0, deleted.GetProperty("kept").GetInt32());
        Assert.All([.. models, data], artifact => Assert.False(store.ExistsAsync(artifact).Result));
        Assert.True(await store.ExistsAsync(members));
        await stack.AssertArtifactsWholeAsync();
        Answer.AssertProblem(await stack.Admin.PostAsync($"/api/v1/runs?retryOf={first}", new { }), HttpStatusCode.Conflict, "files-deleted");
        // Whoever asks for the same anew gets it anew.
        var again = await stack.EndOfAsync(await stack.SubmitAsync("given-up.yaml"));
        Assert.Equal(models, again.Of<TrainingCompleted>().Select(t => t.Model));
    }

    [Fact]
    public async Task What_a_registered_version_is_made_of_is_refused()
    {
        var run = await stack.UndisturbedAsync();
        var version = Assert.Single((await stack.EndOfAsync(run)).Of<ModelVersionRegistered>());

        var refused = await stack.Admin.PostAsync("/api/v1/deletions", new { run, reason = "no longer wanted" });

        Answer.AssertProblem(refused, HttpStatusCode.Conflict, "files-needed");
        Assert.Contains($"{version.Model}:{version.Version} is made of", refused.Text, StringComparison.Ordinal);
        Answer.AssertProblem(await stack.Admin.GetAsync($"/api/v1/deletions/{run}"), HttpStatusCode.NotFound, "unknown-deletion");
        Answer.AssertProblem(await stack.Admin.PostAsync("/api/v1/deletions", new { run = Guid.NewGuid(), reason = "no longer wanted" }), HttpStatusCode.NotFound, "unknown-run");
        Answer.AssertProblem(await stack.Admin.PostAsync("/api/v1/deletions", new { run, reason = "" }), HttpStatusCode.BadRequest, "deletion-reason");
    }

    private async Task<JsonElement> DeletedAsync(Guid run)
    {
        (await stack.Admin.PostAsync("/api/v1/deletions", new { run, reason = "no longer wanted" })).Is(HttpStatusCode.Accepted);
        var end = await Patience.UntilAsync("the deletion", async () =>
            (await stack.Admin.GetAsync($"/api/v1/deletions/{run}")).Is(HttpStatusCode.OK).Json is var shown && shown.GetProperty("status").GetString() != "requested" ? new { shown } : null);
        Assert.Equal("completed", end.shown.GetProperty("status").GetString());
        return end.shown;
    }
}
