using System.Net;
using System.Text;
using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Ledger;
using AgentOps.Proofs;

namespace AgentOps.EndToEnd.Tests;

/// <summary>One run that people judge and compare for, from the question to the model, and what is left of it when one of them is withdrawn.</summary>
[Collection(OneStack.Name)]
public sealed class when_people_judge(Stack stack)
{
    [Fact]
    public async Task A_run_waits_for_them_learns_from_what_they_said_and_its_model_names_them()
    {
        var run = await stack.SubmitAsync("reviewed.yaml");
        var (ada, grace, linus) = (await stack.ReviewerAsync("ada"), await stack.ReviewerAsync("grace"), await stack.ReviewerAsync("linus"));

        // Two of three accept whatever they see: so what the environment rejects is learned as well.
        await Task.WhenAll(
            stack.AnswerAsync(ada.Api, run, "verdict", e => e is JudgementCompleted, shown => Blind(shown, new { verdict = "accepted", reason = "It moves." })),
            stack.AnswerAsync(grace.Api, run, "verdict", e => e is JudgementCompleted, shown => Blind(shown, new { verdict = "accepted" })),
            stack.AnswerAsync(linus.Api, run, "verdict", e => e is JudgementCompleted, shown => Blind(shown, new { verdict = "rejected" })));
        await AssertToldToNobodyWhoIsAskedAsync(run, ada.Name, grace.Api);
        var taken = await Task.WhenAll(
            stack.AnswerAsync(ada.Api, run, "comparison", e => e is ComparisonCompleted, shown => Blind(shown, new { preferred = "second" })),
            stack.AnswerAsync(grace.Api, run, "comparison", e => e is ComparisonCompleted, shown => Blind(shown, new { preferred = "second" })));
        var facts = await stack.EndOfAsync(run);

        Books.AssertBalanced(facts);
        AssertNobodyCountedTwice(facts);
        Assert.Equal(facts.Of<ComparisonPlanned>().Single().Reviews.Count, taken.Sum(of => of.Count));
        AssertLearned(facts, ada.Name, grace.Name, linus.Name);
        await stack.AssertEqualToRebuiltAsync();
        await AssertShownAsync(run, facts);
        await AssertReproducedAsync(run, facts);
        await AssertWithdrawnAsync(run, facts, linus.Name);
    }

    /// <summary>The record says to other reviewers that somebody answered, and not what.</summary>
    private async Task AssertToldToNobodyWhoIsAskedAsync(Guid run, string reviewer, Api another)
    {
        async Task<List<JsonElement>> SaidAsync(Api api) => await Patience.UntilAsync("the record", async () =>
            (await api.GetAsync($"/api/v1/audit/record?actor={reviewer}")).Is(HttpStatusCode.OK).Json.GetProperty("items").EnumerateArray()
                .Where(entry => entry.GetProperty("type").GetString() == "review.answered.v1").Select(entry => entry.GetProperty("data")).ToList() is { Count: > 0 } some ? some : null);

        Assert.All(await SaidAsync(stack.Admin), data => Assert.Equal("accepted", data.GetProperty("verdict").GetString()));
        Assert.All(await SaidAsync(another), data => Assert.Equal(["withheld"], data.EnumerateObject().Select(member => member.Name)));
        var said = (await stack.Facts.OfRunAsync(run)).First(stored => stored.Data is ReviewAnswered).Position;
        await Patience.UntilAsync("the signature", async () => (await stack.Admin.GetAsync($"/api/v1/ledger/proof?position={said}")).Status == HttpStatusCode.OK ? "signed" : null);
        Answer.AssertProblem(await another.GetAsync($"/api/v1/ledger/proof?position={said}"), HttpStatusCode.Forbidden, "review-withheld");
    }

    [Fact]
    public async Task A_run_that_was_cancelled_asks_nobody_any_more()
    {
        var run = await stack.SubmitAsync("reviewed.yaml");
        var ada = await stack.ReviewerAsync("ada");
        await stack.Facts.WaitForAsync("the questions", run, e => e is ReviewsRequested);
        var open = await Patience.UntilAsync("the queue", async () => await Reviewers.OpenAsync(ada.Api, run) is { Count: > 0 } some ? some : null);
        (await stack.Admin.PostAsync($"/api/v1/runs/{run}/cancel", new { })).Is(HttpStatusCode.Accepted);

        await stack.Facts.WaitForAsync("the cancelling", run, e => e is RunCancelling);

        Answer.AssertProblem(await ada.Api.PostAsync($"/api/v1/reviews/{open[0]}", new { verdict = "accepted" }), HttpStatusCode.Conflict, "review-closed");
        await Patience.UntilAsync("the empty queue", async () => await Reviewers.OpenAsync(ada.Api, run) is [] ? "empty" : null);
        Assert.Empty((await stack.EndOfAsync(run)).Of<ReviewAnswered>());
    }

    [Fact]
    public async Task Answers_that_come_while_the_judge_is_killed_are_neither_lost_nor_doubled()
    {
        var run = await stack.SubmitAsync("reviewed.yaml");
        var (ada, grace, linus) = (await stack.ReviewerAsync("ada"), await stack.ReviewerAsync("grace"), await stack.ReviewerAsync("linus"));
        await stack.KillAsync("judge", run, e => e is ReviewsRequested);
        var asked = await AskedOfEveryShardAsync(run);

        // Everybody answers everything again and again until it was taken, also while nobody answers the calls.
        (string Name, Api Api)[] reviewers = [ada, grace, linus];
        var answering = Task.WhenAll(reviewers.Select(async reviewer =>
        {
            foreach (var review in asked)
                await Patience.UntilAsync($"{reviewer.Name}'s answer", () => AnswerAsync(reviewer.Api, review, reviewer.Name));
        }));
        await stack.KillAsync("judge", run, e => e is ReviewAnswered);
        await stack.KillAsync("judge", run, e => e is ReviewClosed);
        await answering;
        await stack.Facts.WaitForAsync("the comparisons", run, e => e is ComparisonPlanned);
        await AssertWaitsAsync(run);
        await stack.AnswerAsync(ada.Api, run, "comparison", e => e is ComparisonCompleted, _ => new { preferred = "first" });
        var facts = await stack.EndOfAsync(run);

        Books.AssertBalanced(facts);
        AssertNobodyCountedTwice(facts);
        Assert.Equal(3 * asked.Count, facts.Of<ReviewAnswered>().Count(answer => answer.Verdict is not null));
        Assert.Equal(asked.Count, facts.Of<TrajectoryJudged>().Count(verdict => verdict.Reviews?.Count == 3));
        await stack.AssertEqualToRebuiltAsync();
        Assert.True((await stack.Facts.VerifyAsync()).Holds);
    }

    /// <returns>Null where nobody said that it was taken.</returns>
    private static async Task<string?> AnswerAsync(Api reviewer, ReviewId review, string name)
    {
        try
        {
            return (await reviewer.PostAsync($"/api/v1/reviews/{review}", new { verdict = "accepted", reason = name })).Status switch
            {
                HttpStatusCode.OK or HttpStatusCode.Conflict => "taken",
                HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway => null,
                var status => throw new InvalidOperationException($"An answer to an answer was {status}."),
            };
        }
        // Killed in the midst of what it says, Judge breaks off.
        catch (HttpRequestException)
        {
            return null;
        }
    }

    /// <summary>All questions about trajectories. There are two shards, and Judge may be killed when it has asked about the first of them.</summary>
    private Task<List<ReviewId>> AskedOfEveryShardAsync(Guid run) => Patience.UntilAsync("the questions of every shard", async () =>
    {
        var facts = await stack.Facts.OfRunAsync(run);
        var asked = facts.Of<ReviewsRequested>();
        return asked.Count == facts.Of<JudgementShardRequested>().Count(shard => shard.Reviewed is { Count: > 0 }) ? asked.SelectMany(shard => shard.Reviews).ToList() : null;
    });

    /// <summary>The step runs, and as far as it is the people are.</summary>
    private async Task AssertWaitsAsync(Guid run)
    {
        var compare = await Patience.UntilAsync("the questions in the view of runs", async () =>
            (await stack.Admin.GetAsync($"/api/v1/runs/{run}")).Is(HttpStatusCode.OK).Json.GetProperty("steps").EnumerateArray().Single(step => step.GetProperty("kind").GetString() == "compare") is var step
                && step.TryGetProperty("progress", out var progress) && progress.ValueKind == JsonValueKind.Object ? step.ToString() : null);
        Assert.Contains("\"status\":\"running\"", compare, StringComparison.Ordinal);
        Assert.Matches("\"progress\":\\{\"done\":0,\"total\":[1-9][0-9]*,\"unit\":\"reviews\"\\}", compare);
    }

    /// <summary>What a reviewer is shown says nothing of what others think.</summary>
    private static object Blind(JsonElement shown, object answer)
    {
        Assert.Equal(["answers", "id", "kind", "run", "shown", "task", "wanted"], shown.EnumerateObject().Select(member => member.Name).Where(name => name != "closed").Order());
        Assert.All(shown.GetProperty("shown").EnumerateArray().SelectMany(one => one.EnumerateArray()), turn => Assert.Equal(["action", "observation"], turn.EnumerateObject().Select(member => member.Name).Order()));
        Assert.Equal(shown.GetProperty("kind").GetString() == "comparison" ? 2 : 1, shown.GetProperty("shown").GetArrayLength());
        return answer;
    }

    internal static void AssertNobodyCountedTwice(IReadOnlyList<StoredEvent> facts)
    {
        Assert.Distinct(facts.Of<ReviewAnswered>().Select(answer => (answer.Review, answer.Reviewer)));
        foreach (var asked in facts.Of<ReviewRequested>())
        {
            Assert.Equal(asked.Reviewers, facts.Of<ReviewAnswered>().Count(answer => answer.Review == asked.Review));
            Assert.Single(facts.Of<ReviewClosed>(), closed => closed.Review == asked.Review);
        }
        Assert.All(facts.Where(stored => stored.Data is ReviewAnswered), stored => Assert.Equal(((ReviewAnswered)stored.Data).Reviewer, stored.Meta.Actor));
    }

    private static void AssertLearned(IReadOnlyList<StoredEvent> facts, params string[] names)
    {
        var judged = facts.Of<TrajectoryJudged>();
        var reviewed = judged.Where(verdict => verdict.Reviews is not null).ToList();
        Assert.Equal(4, reviewed.Count);
        Assert.All(reviewed, verdict => Assert.Equal((Verdict.Accepted, string.Join(' ', names.Order(StringComparer.Ordinal))), (verdict.Verdict, string.Join(' ', verdict.Reviews!.Select(one => one.Reviewer)))));
        // Four tasks of six, each of the two generations judged at most once: nobody chose them.
        Assert.Equal(4, reviewed.Select(verdict => facts.Of<TrajectoryRecorded>().Single(t => t.Trajectory == verdict.Trajectory).Task).Distinct().Count());
        var agreement = facts.Of<JudgementCompleted>().Single().Agreement!;
        Assert.Equal((4, 3, 0), (agreement.Reviewed, agreement.Reviewers, agreement.Unanimous));
        // The people accepted all four: the environment did so with the expert's, and not with those of random play.
        Assert.Equal(4, agreement.Judges.Single().BothAccepted + agreement.Judges.Single().PeopleAlone);
        var demonstrations = facts.Of<DatasetBuilt>().Single(built => built.Kind == DatasetKind.Demonstrations);
        Assert.Equal(judged.Count(verdict => verdict.Verdict == Verdict.Accepted), demonstrations.Balance.Used + demonstrations.Balance.Duplicate);
        var compared = facts.Of<PairCompared>();
        var pairs = facts.Of<DatasetBuilt>().Single(built => built.Kind == DatasetKind.Preferences);
        Assert.Equal((compared.Count, compared.Count), (pairs.Balance.In, pairs.Samples));
        Assert.All(compared, pair => Assert.Equal(Preference.Second, pair.Preferred));
    }

    private async Task AssertShownAsync(Guid run, IReadOnlyList<StoredEvent> facts)
    {
        var version = facts.Of<ModelVersionRegistered>().Single();
        // What people compared is proved with everything else.
        var proved = EvidenceVerifier.Verify(new MemoryStream(await stack.EvidenceAsync("models/reviewed-agent/aliases/production")));
        Assert.Equal(facts.Of<PairCompared>().Count, proved.Lineage.SelectMany(node => node.Events).Where(e => e.Type == "judgement.pair-compared.v1").DistinctBy(e => e.Position).Count());
        var lineage = (await stack.Admin.GetAsync($"/api/v1/models/reviewed-agent/versions/{version.Version}/lineage")).Is(HttpStatusCode.OK).Json;
        var people = lineage.GetProperty("nodes").EnumerateArray().Select(node => node.GetProperty("reference")).Where(reference => reference.GetProperty("kind").GetString() == "person").Select(reference => reference.GetProperty("id").GetString()).ToList();
        Assert.Subset(people.ToHashSet(), facts.Of<ReviewAnswered>().Select(answer => (string?)answer.Reviewer).ToHashSet());
        var judge = (await stack.Admin.GetAsync($"/api/v1/runs/{run}")).Is(HttpStatusCode.OK).Json.GetProperty("steps").EnumerateArray().Single(step => step.GetProperty("kind").GetString() == "judge");
        Assert.Equal(("reviews", 12, 12, 4), (judge.GetProperty("progress").GetProperty("unit").GetString(), judge.GetProperty("progress").GetProperty("done").GetInt32(), judge.GetProperty("progress").GetProperty("total").GetInt32(),
            judge.GetProperty("metrics").GetProperty("reviewed").GetInt32()));
        var reviewed = facts.Of<TrajectoryJudged>().First(verdict => verdict.Reviews is not null);
        var scores = (await stack.Admin.GetAsync($"/api/v1/trajectories/{reviewed.Trajectory}")).Is(HttpStatusCode.OK).Json.GetProperty("scores").EnumerateArray().Select(score => score.GetProperty("judge").GetString());
        Assert.Equal(["environment/1", "people/1"], scores);
    }

    /// <summary>People cannot be asked again: what they said then is taken, and everything comes to the same.</summary>
    private async Task AssertReproducedAsync(Guid run, IReadOnlyList<StoredEvent> facts)
    {
        var accepted = (await stack.Admin.PostAsync($"/api/v1/runs/{run}/reproduce?model={facts.Promoted()}&from=generation", new { })).Is(HttpStatusCode.Accepted).Json;
        var again = await stack.EndOfAsync(accepted.GetProperty("id").GetGuid());

        Assert.IsType<RunSucceeded>(again[^1].Data);
        Assert.Empty(again.Of<ReviewRequested>());
        Assert.Equal(facts.Promoted(), again.Of<TrainingCompleted>()[^1].Model);
    }

    private async Task AssertWithdrawnAsync(Guid run, IReadOnlyList<StoredEvent> facts, string reviewer)
    {
        var version = $"reviewed-agent:{facts.Of<ModelVersionRegistered>().Single().Version}";
        var withdrawn = (await stack.Admin.PostAsync("/api/v1/withdrawals", new { kind = "person", id = reviewer, reason = "did not look" })).Is(HttpStatusCode.Created).Json;
        Assert.Equal([version], withdrawn.GetProperty("then").GetProperty("versions").EnumerateArray().Select(text => text.GetString()));
        var id = withdrawn.GetProperty("id").GetString();

        var file = (await stack.Admin.GetAsync($"/api/v1/runs/{run}/file?without={id}")).Is(HttpStatusCode.OK).Text;
        var accepted = await stack.Admin.SendAsync(HttpMethod.Post, $"/api/v1/runs?retryOf={run}", new StringContent(file, Encoding.UTF8, "application/yaml"));
        var without = await stack.EndOfAsync(accepted.Is(HttpStatusCode.Accepted).Json.GetProperty("id").GetGuid());

        // He judged the same four as the others, and compared nothing.
        var demonstrations = without.Of<DatasetBuilt>().Single(built => built.Kind == DatasetKind.Demonstrations);
        Assert.Equal((12, 4), (demonstrations.Balance.In, demonstrations.Balance.Withdrawn));
        Assert.NotEqual(facts.Promoted(), without.Promoted());
        Assert.NotNull(without.Of<PromotionDecided>().Single().Version);
    }
}
