using System.Net;
using System.Text;
using System.Text.Json;
using AgentOps.Artifacts;
using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.EndToEnd.Tests;

/// <summary>One run that learned from the data of two people and was decided on that of a third: what stands where, and what is left of it when one of those and the third are erased.</summary>
[Collection(OneStack.Name)]
public sealed class when_a_person_is_erased(Stack stack)
{
    // Those that are not signed: a signature is another one each time.
    private static readonly string[] Formats = ["openlineage", "prov", "cyclonedx"];

    [Fact]
    public async Task Nothing_that_was_said_can_be_read_any_more_and_everything_else_stands()
    {
        var run = await stack.SubmitAsync("personal.yaml");
        var facts = await stack.EndOfAsync(run);
        Assert.Single(facts.Of<RunSucceeded>());
        var (ada, grace, linus) = (PlayedBy(facts, "ada"), PlayedBy(facts, "grace"), PlayedBy(facts, "linus"));
        Assert.Equal((6, 6, 4), (ada.Count, grace.Count, linus.Count));
        string[] said = [await SaidInAsync(ada[0]), await SaidInAsync(grace[0]), await SaidInAsync(linus[0])];
        await AssertNothingPlainAsync(facts, said);
        var (report, documents) = (await FinalReportAsync(run), await DocumentsAsync());

        var ofGrace = await EraseAsync("grace");
        var ofLinus = await EraseAsync("linus");

        Assert.Equal(("personal-agent:1", null), await NowAsync(ofGrace));
        Assert.Equal(("", "personal-agent:1"), await NowAsync(ofLinus));
        Assert.Equal(0, (await TurnsAsync(grace[0])).GetArrayLength());
        await AssertOnlyTheResultIsLeftAsync(linus[0]);
        Assert.NotEqual(0, (await TurnsAsync(ada[0])).GetArrayLength());
        await AssertTombstonesAsync(ofGrace, ofLinus);
        Assert.Equal(report, await FinalReportAsync(run));
        Assert.Equal(documents, await DocumentsAsync());
        Assert.All(documents, document => Assert.All(said, words => Assert.DoesNotContain(words, document, StringComparison.Ordinal)));
        Assert.Contains("ao:subject/linus", documents[1], StringComparison.Ordinal);
        Assert.True((await stack.Facts.VerifyAsync()).Holds);
        await stack.AssertArtifactsWholeAsync();
        await stack.AssertEqualToRebuiltAsync();

        var again = await stack.EndOfAsync(await stack.SubmitAsync("personal.yaml"));
        AssertRefusedFor("grace", Assert.Single(again.Of<GenerationFailed>().Select(f => f.Reason).Distinct()));
        await AssertRetriesAsync(run, ofGrace, ofLinus);
    }

    private static List<TrajectoryRecorded> PlayedBy(IEnumerable<StoredEvent> facts, string subject) => [.. facts.Of<TrajectoryRecorded>().Where(t => t.Subject == subject)];

    private async Task<JsonElement> ShownAsync(TrajectoryRecorded trajectory) => (await stack.Admin.GetAsync($"/api/v1/trajectories/{trajectory.Trajectory}")).Is(HttpStatusCode.OK).Json;

    private async Task<JsonElement> TurnsAsync(TrajectoryRecorded trajectory) => (await ShownAsync(trajectory)).GetProperty("turns");

    private async Task<string> SaidInAsync(TrajectoryRecorded trajectory) => (await TurnsAsync(trajectory))[0].GetProperty("observation").GetString()![..20];

    /// <summary>Neither in any event of the run nor in the token files and data sets.</summary>
    private async Task AssertNothingPlainAsync(IReadOnlyList<StoredEvent> facts, IReadOnlyList<string> said)
    {
        var store = new ArtifactStore(stack.ArtifactFolder());
        // Of grace's episodes and of linus's, which models played, and of the two data sets.
        Digest[] files = [.. facts.Of<TrajectoryRecorded>().Where(t => t.Tokens is not null).Select(t => t.Tokens!.Artifact).Distinct(), .. facts.Of<DatasetBuilt>().Select(d => d.Data)];
        Assert.Equal(4, files.Length);
        foreach (var file in files)
            Assert.DoesNotContain("\"ids\"", Encoding.UTF8.GetString(await store.ReadAsync(file)), StringComparison.Ordinal);
        foreach (var stored in facts)
            Assert.All(said, words => Assert.DoesNotContain(words, Encoding.UTF8.GetString(AllEvents.Registry.Write(stored.Data)), StringComparison.Ordinal));
        Assert.Equal(12, facts.Of<TrajectoryJudged>().Count(judged => judged.EncryptedReasons is not null && judged.Opinions.All(opinion => opinion.Reasons.Count == 0)));
    }

    /// <returns>The withdrawal, once its key is gone.</returns>
    private async Task<string> EraseAsync(string subject)
    {
        var erasure = (await stack.Admin.PostAsync("/api/v1/withdrawals", new { kind = "subject", id = subject, reason = "asked for", erase = true })).Is(HttpStatusCode.Accepted);
        var id = erasure.Json.GetProperty("id").GetString()!;
        return await Patience.UntilAsync($"the erasure of {subject}", async () => (await WithdrawalAsync(id)).GetProperty("erasure").TryGetProperty("completedAt", out var at) && at.ValueKind == JsonValueKind.String ? id : null);
    }

    private async Task<JsonElement> WithdrawalAsync(string id) => (await stack.Admin.GetAsync($"/api/v1/withdrawals/{id}")).Is(HttpStatusCode.OK).Json;

    /// <summary>The versions that learned, and those that were promoted by an evaluation; null where nothing was.</summary>
    private async Task<(string Learned, string? Decided)> NowAsync(string withdrawal)
    {
        var now = (await WithdrawalAsync(withdrawal)).GetProperty("now");
        return (Listed(now.GetProperty("versions")), now.TryGetProperty("decided", out var decided) && decided.ValueKind == JsonValueKind.Object ? Listed(decided.GetProperty("versions")) : null);
    }

    private async Task AssertOnlyTheResultIsLeftAsync(TrajectoryRecorded trajectory)
    {
        var left = await ShownAsync(trajectory);

        Assert.True(left.GetProperty("erased").GetBoolean());
        Assert.Equal((0, trajectory.Reward), (left.GetProperty("turns").GetArrayLength(), left.GetProperty("reward").GetDouble()));
        Assert.False(left.TryGetProperty("reason", out var reason) && reason.ValueKind == JsonValueKind.String);
    }

    /// <summary>The evaluation's figures as the run shows them.</summary>
    private async Task<string> FinalReportAsync(Guid run) => (await stack.Admin.GetAsync($"/api/v1/runs/{run}")).Is(HttpStatusCode.OK).Json.GetProperty("steps").EnumerateArray()
        .Single(step => step.GetProperty("kind").GetString() == "evaluate").GetRawText();

    /// <summary>The model's lineage in the formats of others.</summary>
    private async Task<List<string>> DocumentsAsync()
    {
        var documents = new List<string>();
        foreach (var format in Formats)
            documents.Add((await stack.Admin.GetAsync($"/api/v1/models/personal-agent/versions/1/lineage?format={format}")).Is(HttpStatusCode.OK).Text);
        return documents;
    }

    private async Task AssertTombstonesAsync(string ofGrace, string ofLinus)
    {
        var subjects = await Patience.UntilAsync("the tombstones", async () => await SubjectsAsync() is var shown && shown.Count(subject => subject.Erased) == 2 ? shown : null);

        Assert.Equal([("ada", false), ("grace", true), ("linus", true)], subjects);
        var version = (await stack.Admin.GetAsync("/api/v1/models/personal-agent")).Is(HttpStatusCode.OK).Json.GetProperty("versions")[0];
        Assert.Equal((ofGrace, ofLinus), (Listed(version.GetProperty("withdrawals")), Listed(version.GetProperty("withdrawnEvidence"))));
    }

    private async Task<List<(string Name, bool Erased)>> SubjectsAsync() =>
    [
        .. (await stack.Admin.GetAsync("/api/v1/models/personal-agent/versions/1/lineage")).Is(HttpStatusCode.OK).Json.GetProperty("nodes").EnumerateArray()
            .Where(node => node.GetProperty("reference").GetProperty("kind").GetString() == "subject")
            .Select(node => (node.GetProperty("reference").GetProperty("id").GetString()!, node.TryGetProperty("erasedAt", out var at) && at.ValueKind == JsonValueKind.String)).Order(),
    ];

    /// <summary>The gate says what was learned and what would be decided; an evaluation that had to be played again fails, and nothing of it is played without the person.</summary>
    private async Task AssertRetriesAsync(Guid run, string ofGrace, string ofLinus)
    {
        var otherGate = await RetryAsync(run, "alias: production", "alias: other");
        var decided = Assert.Single(otherGate.Of<PromotionDecided>());
        Assert.Null(decided.Version);
        Assert.Contains($"It was learned from Subject:grace, which withdrawal {ofGrace} took back.", decided.Candidates[0].Findings);
        Assert.Contains($"The evaluation 'final' has episodes of Subject:linus, which withdrawal {ofLinus} took back: that bears on this decision, not on what was learned.", decided.Candidates[0].Findings);

        var moreTasks = await RetryAsync(run, "episodes: 4", "episodes: 5");
        AssertRefusedFor("linus", Assert.Single(moreTasks.Of<EvaluationFailed>().Select(f => f.Reason).Distinct()));
        Assert.Empty(moreTasks.Of<TrajectoryRecorded>());
        Assert.Single(moreTasks.Of<RunFailed>());
    }

    private static void AssertRefusedFor(string subject, string reason)
    {
        Assert.StartsWith($"The data of subject '{subject}' was erased", reason, StringComparison.Ordinal);
        Assert.Contains($"{WithdrawalId.Of(Reference.To(ReferenceKind.Subject, subject))}", reason, StringComparison.Ordinal);
    }

    private async Task<IReadOnlyList<StoredEvent>> RetryAsync(Guid run, string replaced, string by)
    {
        var file = Runs.File("personal.yaml").Replace(replaced, by, StringComparison.Ordinal);
        var accepted = await stack.Admin.SendAsync(HttpMethod.Post, $"/api/v1/runs?retryOf={run}", new StringContent(file, Encoding.UTF8, "application/yaml"));
        return await stack.EndOfAsync(accepted.Is(HttpStatusCode.Accepted).Json.GetProperty("id").GetGuid());
    }

    private static string Listed(JsonElement list) => string.Join(' ', list.EnumerateArray().Select(text => text.GetString()));
}
