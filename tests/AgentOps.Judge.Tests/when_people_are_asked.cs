using System.Net;
using AgentOps.Contracts;
using AgentOps.Judge;

namespace AgentOps.Judge.Tests;

[Collection(OneJudge.Name)]
public sealed class when_people_are_asked(JudgeService service)
{
    private static readonly string[] Judges = ["environment", JudgeStep.People];

    [Fact]
    public async Task The_step_waits_for_them_and_its_verdicts_stand_in_one_append_with_its_end()
    {
        var (run, generation) = await service.PlayedAsync(3);
        var judgement = await service.RequestAsync(run, "2.judge", new JudgeWork([generation], Judges, 1, 2));
        var asked = await service.NextAsync<ReviewsRequested>(judgement.Stream(), _ => true);
        Assert.Equal(2, asked.Reviews.Count);

        (await service.AnswerAsync("ada", asked.Reviews[0], new { verdict = "rejected", reason = "slow" })).Is(HttpStatusCode.OK);
        Assert.Empty(await service.FactsAsync<JudgementShardCompleted>(judgement.Stream()));
        (await service.AnswerAsync("ada", asked.Reviews[1], new { verdict = "rejected" })).Is(HttpStatusCode.OK);

        var completed = await service.NextAsync<JudgementCompleted>(judgement.Stream(), _ => true);
        var verdicts = await service.FactsAsync<TrajectoryJudged>(judgement.VerdictStream(0));
        Assert.Equal(6, verdicts.Count);
        Assert.Equal(2, verdicts.Count(verdict => verdict.Reviews is [{ Reviewer: "ada", Verdict: Verdict.Rejected }] && verdict.Verdict == Verdict.Rejected));
        // The others are the environment's: it accepts the expert's three, of which nobody else has said otherwise.
        Assert.Equal(verdicts.Count(verdict => verdict.Opinions[0].Verdict == Verdict.Accepted && verdict.Reviews is null), completed.Accepted);
        Assert.Equal((2, 1, 2), (completed.Agreement!.Reviewed, completed.Agreement.Reviewers, completed.Agreement.Unanimous));
        // Whose opinions the verdicts have is said in their versions, and is what the judgement was made of.
        Assert.Equal(verdicts.SelectMany(verdict => verdict.Opinions).Select(opinion => opinion.Judge).Distinct().Order(StringComparer.Ordinal), completed.Judges!);
        Assert.Contains(new Reference(ReferenceKind.Judge, "environment/1"), completed.Inputs);
    }

    [Fact]
    public async Task Of_many_answers_at_once_as_many_count_as_were_asked_for_and_each_person_once()
    {
        var (run, generation) = await service.PlayedAsync(1);
        var judgement = await service.RequestAsync(run, "2.judge", new JudgeWork([generation], Judges, 3, 1));
        var review = (await service.NextAsync<ReviewsRequested>(judgement.Stream(), _ => true)).Reviews.Single();

        // Five people, each of them twice, all at the same time.
        var answers = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => service.AnswerAsync($"person {i % 5}", review, new { verdict = "accepted" })));

        Assert.Equal(3, answers.Count(answer => answer.Status == HttpStatusCode.OK));
        Assert.All(answers.Where(answer => answer.Status != HttpStatusCode.OK), answer =>
            Assert.Contains(answer.Is(HttpStatusCode.Conflict).Json.GetProperty("type").GetString(), (string[])["urn:agentops:problem:review-closed", "urn:agentops:problem:review-answered"]));
        var given = await service.FactsAsync<ReviewAnswered>(review.Stream());
        Assert.Equal(3, given.Select(answer => answer.Reviewer).Distinct().Count());
        Assert.Equal(3, given.Count);
        Assert.Single(await service.FactsAsync<ReviewClosed>(review.Stream()));
        await service.NextAsync<JudgementCompleted>(judgement.Stream(), _ => true);
        var judged = (await service.FactsAsync<TrajectoryJudged>(judgement.VerdictStream(0))).Single(verdict => verdict.Reviews is not null);
        Assert.Equal(given.Select(answer => answer.Reviewer).Order(StringComparer.Ordinal), judged.Reviews!.Select(one => one.Reviewer));
    }

    [Fact]
    public async Task A_reviewer_sees_what_was_done_and_nothing_of_what_anybody_thinks()
    {
        var (run, generation) = await service.PlayedAsync(1);
        var judgement = await service.RequestAsync(run, "2.judge", new JudgeWork([generation], Judges, 3, 1));
        var review = (await service.NextAsync<ReviewsRequested>(judgement.Stream(), _ => true)).Reviews.Single();
        (await service.AnswerAsync("the first reviewer", review, new { verdict = "unusable", reason = "a word that nobody else says" })).Is(HttpStatusCode.OK);

        var shown = (await service.SendAsync("grace", HttpMethod.Get, $"/api/v1/reviews/{review}")).Is(HttpStatusCode.OK);

        Assert.Equal(["answers", "id", "kind", "run", "shown", "task", "wanted"], shown.Json.EnumerateObject().Select(member => member.Name).Order());
        Assert.Equal(["action", "observation"], shown.Json.GetProperty("shown")[0][0].EnumerateObject().Select(member => member.Name).Order());
        foreach (var secret in (string[])["the first reviewer", "unusable", "nobody else says", "environment/1", "accepted", "reward"])
            Assert.DoesNotContain(secret, shown.Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_queue_shows_each_what_is_open_for_him_and_what_he_has_answered()
    {
        var (run, generation) = await service.PlayedAsync(2);
        var judgement = await service.RequestAsync(run, "2.judge", new JudgeWork([generation], Judges, 3, 2));
        var asked = (await service.NextAsync<ReviewsRequested>(judgement.Stream(), _ => true)).Reviews;
        await Patience.UntilAsync("the queue", async () => (await service.OpenAsync("ada", run)).Count == 2 ? "there" : null);

        (await service.AnswerAsync("ada", asked[0], new { verdict = "accepted" })).Is(HttpStatusCode.OK);

        await Patience.UntilAsync("the answer", async () => (await service.OpenAsync("ada", run, "answered")).SequenceEqual([asked[0].Value]) ? "there" : null);
        Assert.Equal([asked[1].Value], await service.OpenAsync("ada", run));
        Assert.Equal(2, (await service.OpenAsync("grace", run)).Count);
        await service.AppendAsync("pipeline", run, run.Stream(), new RunFailed(run, "2.judge", "too late"));
        await Patience.UntilAsync("the end", async () => (await service.OpenAsync("grace", run)).Count == 0 ? "gone" : null);
        Answer.AssertProblem(await service.AnswerAsync("grace", asked[1], new { verdict = "accepted" }), HttpStatusCode.Conflict, "review-closed");
    }

    [Fact]
    public async Task What_is_no_answer_to_the_question_is_refused()
    {
        var (run, generation) = await service.PlayedAsync(1);
        var judgement = await service.RequestAsync(run, "2.judge", new JudgeWork([generation], Judges, 1, 1));
        var review = (await service.NextAsync<ReviewsRequested>(judgement.Stream(), _ => true)).Reviews.Single();

        Answer.AssertProblem(await service.AnswerAsync("ada", review, new { preferred = "first" }), HttpStatusCode.BadRequest, "review-answer");
        Answer.AssertProblem(await service.AnswerAsync("ada", review, new { verdict = 9 }), HttpStatusCode.BadRequest, "review-answer");
        Answer.AssertProblem(await service.AnswerAsync("ada", review, new { }), HttpStatusCode.BadRequest, "review-answer");
        Answer.AssertProblem(await service.AnswerAsync("ada", review, new { verdict = "accepted", reason = new string('x', 1001) }), HttpStatusCode.BadRequest, "review-reason");
        Answer.AssertProblem(await service.AnswerAsync("ada", review, new { verdict = "accepted", reason = "\u001b[2J" }), HttpStatusCode.BadRequest, "review-reason");
        Answer.AssertProblem(await service.AnswerAsync("ada", ReviewId.From(Guid.NewGuid()), new { verdict = "accepted" }), HttpStatusCode.NotFound, "unknown-review");
        Answer.AssertProblem(await service.AnswerAsync("service:generator", review, new { verdict = "accepted" }), HttpStatusCode.Forbidden, "reviewer-service");
        Assert.Equal(HttpStatusCode.Forbidden, (await service.SendAsync("ada", HttpMethod.Get, "/api/v1/reviews", role: Role.Viewer)).Status);
        Assert.Empty(await service.FactsAsync<ReviewAnswered>(review.Stream()));
    }

    [Fact]
    public async Task Comparisons_are_answered_by_whoever_is_first_and_the_step_ends_with_all_of_them()
    {
        var (run, generation) = await service.PlayedAsync(3);
        var comparison = await service.RequestAsync(run, "2.pair.compare", new CompareWork([new("expert", generation, null, false)], 1));
        var asked = (await service.NextAsync<ComparisonPlanned>(comparison.Stream(), _ => true)).Reviews;
        Assert.Equal(3, asked.Count);

        await Task.WhenAll(asked.SelectMany(review => (Task[])[service.AnswerAsync("ada", review, new { preferred = "first" }), service.AnswerAsync("grace", review, new { preferred = "neither" })]));

        var completed = await service.NextAsync<ComparisonCompleted>(comparison.Stream(), _ => true);
        var pairs = await service.FactsAsync<PairCompared>(comparison.VerdictStream(0));
        Assert.Equal(3, pairs.Count);
        Assert.All(pairs, pair => Assert.Equal(pair.Reviews.Single().Reviewer == "ada" ? Preference.First : Preference.Neither, pair.Preferred));
        Assert.Equal((3, 0), (completed.Decided + completed.Tied, completed.Unusable));
        Assert.Equal(1, completed.Agreement.Reviewers);
    }

    [Fact]
    public async Task A_comparison_shows_nobody_what_was_withdrawn_or_whose_person_was_erased()
    {
        var subject = $"customer-{Guid.NewGuid():N}"[..20];
        var (run, erased) = await service.PlayedAsync(2, subject);
        service.Subjects.Erase(subject);
        var nobody = await service.RequestAsync(run, "2.pair.compare", new CompareWork([new("expert", erased, null, false)], 1));
        Assert.Equal((0, 0, 2), await service.NextAsync<ComparisonCompleted>(nobody.Stream(), _ => true) is var none ? (none.Decided, none.Tied, none.Unusable) : default);
        Assert.Empty((await service.FactsAsync<ComparisonPlanned>(nobody.Stream())).Single().Reviews);

        var (other, generation) = await service.PlayedAsync(3);
        var withdrawn = Reference.To(ReferenceKind.Trajectory, TrajectoryId.Of(generation, "maze/train/1", 0));
        await service.AppendAsync("registry", other, WithdrawalId.Of(withdrawn).Stream(), new Withdrawn(WithdrawalId.Of(withdrawn), withdrawn, "asked for", "ada", [], []));
        var comparison = await service.RequestAsync(other, "2.pair.compare", new CompareWork([new("expert", generation, null, false)], 1, Without: [WithdrawalId.Of(withdrawn)]));
        // Of the second task one episode is left, which there is nothing to compare with.
        Assert.Equal(2, (await service.NextAsync<ComparisonPlanned>(comparison.Stream(), _ => true)).Reviews.Count);
    }

    [Fact]
    public async Task A_comparison_that_asks_nobody_ends_also_where_its_planner_died_before_it_could_say_so()
    {
        var (run, generation) = await service.PlayedAsync(2);
        var (id, work) = (JudgementId.Of(run, "2.pair.compare"), new CompareWork([new("expert", generation, null, false)], 1));
        await service.AppendAsync("judge", run, id.Stream(), new ComparisonPlanned(id, new(run, "2.pair.compare", 1), work, []));

        await service.RequestAsync(run, "2.pair.compare", work);

        Assert.Equal(2, (await service.NextAsync<ComparisonCompleted>(id.Stream(), _ => true)).Unusable);
    }

    [Fact]
    public async Task A_run_that_is_retried_asks_only_what_was_not_answered()
    {
        var (run, generation) = await service.PlayedAsync(2);
        var first = await service.RequestAsync(run, "2.judge", new JudgeWork([generation], Judges, 1, 2));
        var asked = (await service.NextAsync<ReviewsRequested>(first.Stream(), _ => true)).Reviews;
        (await service.AnswerAsync("ada", asked[0], new { verdict = "accepted", reason = "said once" })).Is(HttpStatusCode.OK);
        await service.AppendAsync("pipeline", run, run.Stream(), new RunFailed(run, "2.judge", "too late"));

        var retry = RunId.Create();
        await service.AppendAsync("pipeline", retry, retry.Stream(), new RunSubmitted(retry, new("test", 1, "maze", new(Scratch: new()), []), "admin", RetryOf: run));
        var second = await service.RequestAsync(retry, "2.judge", new JudgeWork([generation], Judges, 1, 2));

        var open = (await service.NextAsync<ReviewsRequested>(second.Stream(), _ => true)).Reviews.Single();
        (await service.AnswerAsync("grace", open, new { verdict = "rejected" })).Is(HttpStatusCode.OK);
        await service.NextAsync<JudgementCompleted>(second.Stream(), _ => true);
        Assert.Equal(["ada", "grace"], (await service.FactsAsync<TrajectoryJudged>(second.VerdictStream(0))).Where(verdict => verdict.Reviews is not null).Select(verdict => verdict.Reviews!.Single().Reviewer).Order());
    }

    [Fact]
    public async Task A_run_that_is_made_again_asks_nobody_and_fails_where_there_is_no_answer()
    {
        var (run, generation) = await service.PlayedAsync(1);
        var again = RunId.Create();
        await service.AppendAsync("pipeline", again, again.Stream(), new RunSubmitted(again, new("test", 1, "maze", new(Scratch: new()), []), "admin", Reproduces: new(run, Digest.Of("model"u8), [])));

        var judgement = await service.RequestAsync(again, "2.judge", new JudgeWork([generation], Judges, 1, 1));

        var failed = await service.NextAsync<JudgementFailed>(judgement.Stream(), _ => true);
        Assert.Contains("people cannot be asked again", failed.Reason, StringComparison.Ordinal);
        Assert.Empty(await service.FactsAsync<ReviewsRequested>(judgement.Stream()));
    }

    [Fact]
    public async Task A_second_attempt_waits_for_the_same_questions()
    {
        var (run, generation) = await service.PlayedAsync(1);
        var work = new JudgeWork([generation], Judges, 1, 1);
        var judgement = await service.RequestAsync(run, "2.judge", work);
        var review = (await service.NextAsync<ReviewsRequested>(judgement.Stream(), _ => true)).Reviews.Single();
        await service.RequestAsync(run, "2.judge", work, attempt: 2);
        await service.NextAsync<JudgementPlanned>(judgement.Stream(), planned => planned.Step.Attempt == 2);

        (await service.AnswerAsync("ada", review, new { verdict = "accepted" })).Is(HttpStatusCode.OK);

        Assert.Equal(2, (await service.NextAsync<JudgementCompleted>(judgement.Stream(), _ => true)).Step.Attempt);
        Assert.Single(await service.FactsAsync<ReviewRequested>(review.Stream()));
        Assert.Single(await service.FactsAsync<ReviewsRequested>(judgement.Stream()));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_question_that_was_asked_while_its_person_was_being_erased_is_closed_and_nobody_waits_for_it(bool compared)
    {
        var subject = $"customer-{Guid.NewGuid():N}"[..20];
        var (run, generation) = await service.PlayedAsync(1, subject);
        StepWork work = compared ? new CompareWork([new("expert", generation, null, false)], 1) : new JudgeWork([generation], Judges, 1, 1);
        var judgement = await service.RequestAsync(run, "2.judge", work);
        var review = compared
            ? (await service.NextAsync<ComparisonPlanned>(judgement.Stream(), _ => true)).Reviews.Single()
            : (await service.NextAsync<ReviewsRequested>(judgement.Stream(), _ => true)).Reviews.Single();

        // Erased, and all that is said of that was handled before the question stood in the ledger; the delivery comes again.
        service.Subjects.Erase(subject);
        if (compared)
            await service.RequestAsync(run, "2.judge", work);
        else
            await service.AppendAsync("judge", run, judgement.Stream(), (await service.FactsAsync<JudgementShardRequested>(judgement.Stream())).Single());

        Assert.Equal(ReviewEnd.Erased, (await service.NextAsync<ReviewClosed>(review.Stream(), _ => true)).End);
        if (compared)
            Assert.Equal(1, (await service.NextAsync<ComparisonCompleted>(judgement.Stream(), _ => true)).Unusable);
        else
            Assert.Equal(2, (await service.NextAsync<JudgementCompleted>(judgement.Stream(), _ => true)).Unusable);
    }

    [Fact]
    public async Task Reasons_about_a_person_are_encrypted_and_when_that_person_is_erased_what_is_open_closes_as_unusable()
    {
        var subject = $"customer-{Guid.NewGuid():N}"[..20];
        var (run, generation) = await service.PlayedAsync(2, subject);
        var judgement = await service.RequestAsync(run, "2.judge", new JudgeWork([generation], Judges, 1, 2));
        var asked = (await service.NextAsync<ReviewsRequested>(judgement.Stream(), _ => true)).Reviews;
        Assert.NotEqual(0, (await service.SendAsync("ada", HttpMethod.Get, $"/api/v1/reviews/{asked[0]}")).Json.GetProperty("shown")[0].GetArrayLength());
        (await service.AnswerAsync("ada", asked[0], new { verdict = "accepted", reason = "what they said" })).Is(HttpStatusCode.OK);
        var given = (await service.FactsAsync<ReviewAnswered>(asked[0].Stream())).Single();
        Assert.Null(given.Reason);
        Assert.Equal("what they said", AgentOps.Subjects.SubjectData.DecryptReason(service.Subjects, given.EncryptedReason!));

        service.Subjects.Erase(subject);
        var withdrawal = WithdrawalId.Of(Reference.To(ReferenceKind.Subject, subject));
        await service.AppendAsync("registry", run, withdrawal.Stream(), new ErasureCompleted(withdrawal, subject));

        var completed = await service.NextAsync<JudgementCompleted>(judgement.Stream(), _ => true);
        Assert.Equal((0, 0, 4), (completed.Accepted, completed.Rejected, completed.Unusable));
        Assert.Equal(ReviewEnd.Erased, (await service.FactsAsync<ReviewClosed>(asked[1].Stream())).Single().End);
        Answer.AssertProblem(await service.AnswerAsync("grace", asked[1], new { verdict = "accepted" }), HttpStatusCode.Conflict, "review-closed");
        Assert.Equal(0, (await service.SendAsync("grace", HttpMethod.Get, $"/api/v1/reviews/{asked[1]}")).Is(HttpStatusCode.OK).Json.GetProperty("shown").GetArrayLength());
    }
}
