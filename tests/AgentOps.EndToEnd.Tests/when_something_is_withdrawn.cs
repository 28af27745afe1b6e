using System.Net;
using System.Text;
using AgentOps.Contracts;

namespace AgentOps.EndToEnd.Tests;

[Collection(OneStack.Name)]
public sealed class when_something_is_withdrawn(Stack stack)
{
    [Fact]
    public async Task Who_learned_from_it_is_marked_and_promoted_no_more_and_its_file_trains_without_it()
    {
        var run = await stack.SubmitAsync("taken-back.yaml");
        var first = await stack.EndOfAsync(run);
        var version = Assert.Single(first.Of<ModelVersionRegistered>());
        (await stack.Admin.PostAsync("/api/v1/deployments", new { model = $"taken-agent:{version.Version}", name = "taken" })).Is(HttpStatusCode.OK);
        var trajectory = first.Of<TrajectoryRecorded>().First(t => t.Task.Contains("train", StringComparison.Ordinal)).Trajectory;

        var withdrawn = (await stack.Admin.PostAsync("/api/v1/withdrawals", new { kind = "trajectory", id = trajectory.ToString(), reason = "asked for" })).Is(HttpStatusCode.Created);

        var id = withdrawn.Json.GetProperty("id").GetString()!;
        Assert.Equal([$"taken-agent:{version.Version}"], Texts(withdrawn.Json.GetProperty("then").GetProperty("versions")));
        Assert.Equal(["taken"], Texts(withdrawn.Json.GetProperty("then").GetProperty("deployments")));
        var model = await Patience.UntilAsync("the mark", async () =>
            (await stack.Admin.GetAsync("/api/v1/models/taken-agent")).Is(HttpStatusCode.OK).Json.GetProperty("versions")[0].GetProperty("withdrawals") is { } marks && marks.GetArrayLength() > 0 ? marks.EnumerateArray().ToList() : null);
        Assert.Equal(id, Assert.Single(model).GetString());

        // The same weights at another gate: everything else is taken over.
        var again = await RetryAsync(run, Runs.File("taken-back.yaml").Replace("alias: production", "alias: other", StringComparison.Ordinal));
        var decided = Assert.Single(again.Of<PromotionDecided>());
        Assert.Null(decided.Version);
        // Registered all the same, and marked at once.
        Assert.Equal([id], Assert.Single(again.Of<ModelVersionRegistered>()).Withdrawals!.Select(withdrawal => withdrawal.ToString()));
        Assert.Equal($"It was learned from Trajectory:{trajectory}, which withdrawal {id} took back.", decided.Candidates[0].Findings[^1]);

        var without = await RetryAsync(run, (await stack.Admin.GetAsync($"/api/v1/runs/{run}/file?without={id}")).Is(HttpStatusCode.OK).Text);
        var built = Assert.Single(without.Of<DatasetBuilt>());
        Assert.Equal((12, 1), (built.Balance.In, built.Balance.Withdrawn));
        Assert.NotEqual(version.Digest, Assert.Single(without.Of<ModelVersionRegistered>()).Digest);
        Assert.NotNull(Assert.Single(without.Of<PromotionDecided>()).Version);
    }

    [Fact]
    public async Task What_nobody_knows_or_cannot_be_taken_back_is_refused()
    {
        Answer.AssertProblem(await stack.Admin.PostAsync("/api/v1/withdrawals", new { kind = "trajectory", id = Guid.NewGuid().ToString(), reason = "asked for" }), HttpStatusCode.NotFound, "unknown-trajectory");
        Answer.AssertProblem(await stack.Admin.PostAsync("/api/v1/withdrawals", new { kind = "model", id = "x", reason = "asked for" }), HttpStatusCode.BadRequest, "withdrawal-kind");
        Answer.AssertProblem(await stack.Admin.PostAsync("/api/v1/withdrawals", new { kind = "trajectory", id = Guid.NewGuid().ToString(), reason = "" }), HttpStatusCode.BadRequest, "withdrawal-reason");
    }

    private async Task<IReadOnlyList<Ledger.StoredEvent>> RetryAsync(Guid run, string file)
    {
        var accepted = await stack.Admin.SendAsync(HttpMethod.Post, $"/api/v1/runs?retryOf={run}", new StringContent(file, Encoding.UTF8, "application/yaml"));
        return await stack.EndOfAsync(accepted.Is(HttpStatusCode.Accepted).Json.GetProperty("id").GetGuid());
    }

    private static IEnumerable<string?> Texts(System.Text.Json.JsonElement list) => list.EnumerateArray().Select(text => text.GetString());
}
