using System.Net;
using System.Text;
using System.Text.Json;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.EndToEnd.Tests;

/// <summary>One run on the data of two people: what stands where, and what is left of it when one of them is erased.</summary>
[Collection(OneStack.Name)]
public sealed class when_a_person_is_erased(Stack stack)
{
    [Fact]
    public async Task Nothing_that_was_said_can_be_read_any_more_and_everything_else_stands()
    {
        var run = await stack.SubmitAsync("personal.yaml");
        var facts = await stack.EndOfAsync(run);
        Assert.Single(facts.Of<RunSucceeded>());
        var (ada, grace) = (PlayedBy(facts, "ada"), PlayedBy(facts, "grace"));
        Assert.Equal((6, 6), (ada.Count, grace.Count));
        var said = await TurnsAsync(grace[0]);
        Assert.NotEqual(0, said.GetArrayLength());
        await AssertNothingPlainAsync(facts, said[0].GetProperty("observation").GetString()!);

        var erasure = (await stack.Admin.PostAsync("/api/v1/withdrawals", new { kind = "subject", id = "grace", reason = "asked for", erase = true })).Is(HttpStatusCode.Accepted);
        var id = erasure.Json.GetProperty("id").GetString()!;
        var erased = await Patience.UntilAsync("the erasure", async () =>
            (await stack.Admin.GetAsync($"/api/v1/withdrawals/{id}")).Is(HttpStatusCode.OK).Json is var shown && shown.GetProperty("erasure").TryGetProperty("completedAt", out var at) && at.ValueKind == JsonValueKind.String ? shown.ToString() : null);

        Assert.Contains("personal-agent:1", erased, StringComparison.Ordinal);
        Assert.Equal(0, (await TurnsAsync(grace[0])).GetArrayLength());
        Assert.NotEqual(0, (await TurnsAsync(ada[0])).GetArrayLength());
        await AssertTombstoneAsync();
        Assert.True((await stack.Facts.VerifyAsync()).Holds);
        await stack.AssertArtifactsWholeAsync();
        await stack.AssertEqualToRebuiltAsync();

        var again = await stack.EndOfAsync(await stack.SubmitAsync("personal.yaml"));
        Assert.StartsWith("The data of subject 'grace' was erased", Assert.Single(again.Of<GenerationFailed>().Select(f => f.Reason).Distinct()), StringComparison.Ordinal);
        var retried = await RetryAsync(run, Runs.File("personal.yaml").Replace("alias: production", "alias: other", StringComparison.Ordinal));
        Assert.Equal($"It was learned from Subject:grace, which withdrawal {id} took back.", Assert.Single(retried.Of<PromotionDecided>()).Candidates[0].Findings[^1]);
    }

    private static List<TrajectoryRecorded> PlayedBy(IEnumerable<StoredEvent> facts, string subject) => [.. facts.Of<TrajectoryRecorded>().Where(t => t.Subject == subject)];

    private async Task<JsonElement> TurnsAsync(TrajectoryRecorded trajectory) =>
        (await stack.Admin.GetAsync($"/api/v1/trajectories/{trajectory.Trajectory}")).Is(HttpStatusCode.OK).Json.GetProperty("turns");

    /// <summary>Neither in the events nor in the token files and data sets.</summary>
    private async Task AssertNothingPlainAsync(IReadOnlyList<StoredEvent> facts, string said)
    {
        var store = new ArtifactStore(stack.ArtifactFolder());
        Digest[] files = [.. facts.Of<TrajectoryRecorded>().Where(t => t.Subject is not null && t.Tokens is not null).Select(t => t.Tokens!.Artifact).Distinct(), .. facts.Of<DatasetBuilt>().Select(d => d.Data)];
        Assert.True(files.Length >= 3);
        foreach (var file in files)
            Assert.DoesNotContain("\"ids\"", Encoding.UTF8.GetString(await store.ReadAsync(file)), StringComparison.Ordinal);
        foreach (var stored in facts.Where(stored => stored.Data is TrajectoryRecorded { Subject: not null } or TrajectoryJudged { EncryptedReasons: not null }))
            Assert.DoesNotContain(said[..20], Encoding.UTF8.GetString(AllEvents.Registry.Write(stored.Data)), StringComparison.Ordinal);
        Assert.Equal(12, facts.Of<TrajectoryJudged>().Count(judged => judged.EncryptedReasons is not null && judged.Opinions.All(opinion => opinion.Reasons.Count == 0)));
    }

    private async Task AssertTombstoneAsync()
    {
        var subjects = await Patience.UntilAsync("the tombstone", async () => await SubjectsAsync() is var shown && shown.Any(subject => subject.Erased) ? shown : null);

        Assert.Equal([("ada", false), ("grace", true)], subjects);
        Assert.Equal(1, (await stack.Admin.GetAsync("/api/v1/models/personal-agent")).Is(HttpStatusCode.OK).Json.GetProperty("versions")[0].GetProperty("withdrawals").GetArrayLength());
    }

    private async Task<List<(string Name, bool Erased)>> SubjectsAsync() =>
    [
        .. (await stack.Admin.GetAsync("/api/v1/models/personal-agent/versions/1/lineage")).Is(HttpStatusCode.OK).Json.GetProperty("nodes").EnumerateArray()
            .Where(node => node.GetProperty("reference").GetProperty("kind").GetString() == "subject")
            .Select(node => (node.GetProperty("reference").GetProperty("id").GetString()!, node.TryGetProperty("erasedAt", out var at) && at.ValueKind == JsonValueKind.String)).Order(),
    ];

    private async Task<IReadOnlyList<StoredEvent>> RetryAsync(Guid run, string file)
    {
        var accepted = await stack.Admin.SendAsync(HttpMethod.Post, $"/api/v1/runs?retryOf={run}", new StringContent(file, Encoding.UTF8, "application/yaml"));
        return await stack.EndOfAsync(accepted.Is(HttpStatusCode.Accepted).Json.GetProperty("id").GetGuid());
    }
}
