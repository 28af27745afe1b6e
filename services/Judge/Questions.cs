using AgentOps.Contracts;
using AgentOps.Ledger;
using AgentOps.Subjects;

namespace AgentOps.Judge;

/// <summary>What was answered in the runs that a run retries or makes again.</summary>
/// <param name="Reviews">By what was shown and to how many, those to which everybody answered.</param>
/// <param name="MadeAgain">The run that is made again; null where none is.</param>
public sealed record EarlierAnswers(IReadOnlyDictionary<(Digest Shown, int Reviewers), Review> Reviews, RunId? MadeAgain)
{
    /// <summary>The same question to as many people; null where it has no answer yet.</summary>
    /// <exception cref="ArgumentException">The run makes another again in which it was not answered: its people cannot be asked again.</exception>
    public Review? To(ReviewRequested question) => Reviews.GetValueOrDefault((question.Shown, question.Reviewers)) is { } review ? review
        : MadeAgain is { } before ? throw new ArgumentException($"Run {before} is made again, and people cannot be asked again: it has no answer about {question.Task} as it was played now.")
        : null;
}

/// <summary>Asks people, and finds what they said.</summary>
public sealed class Questions(LedgerStore ledger, SubjectKeys subjects)
{
    private const int StreamsAtOnce = 200;

    public static ReviewRequested Of(JudgementId judgement, RunId run, int? shard, int reviewers, params IReadOnlyList<(Showable Which, TrajectoryRecorded Played)> shown)
    {
        TrajectoryId[] trajectories = [.. shown.Select(one => one.Which.Trajectory)];
        string[] owners = [.. shown.Select(one => one.Played.Subject).OfType<string>().Distinct()];
        // As it was recorded: of personal data the ciphertext, which is the same wherever the same was said.
        var digest = Digest.OfLines(shown.Select(one => new { one.Which.Source, one.Which.Task, one.Which.Sample, one.Played.Turns, one.Played.EncryptedTurns?.Text.Ciphertext }));
        return new(ReviewId.Of(judgement, trajectories), judgement, run, shard, shown[0].Which.Task, trajectories, reviewers, digest, owners.Length > 0 ? owners : null);
    }

    /// <summary>The writes of new questions: the same question again is stored once.</summary>
    public static IEnumerable<StreamWrite> Writes(IEnumerable<ReviewRequested> questions) => questions.Select(question =>
        new StreamWrite(question.Review.Stream(), Expected.Any, [new(NameBasedGuid.Of("review-requested", question.Review.ToString()), question)]));

    public async Task<IReadOnlyDictionary<ReviewId, Review>> ReadAsync(IEnumerable<ReviewId> ids, CancellationToken ct)
    {
        var found = new Dictionary<string, Review>();
        foreach (var some in ids.Select(id => id.Stream()).Chunk(StreamsAtOnce))
            await foreach (var stored in ledger.ReadStreamsAsync(some, ct))
                found[stored.Stream] = Review.Evolve(found.GetValueOrDefault(stored.Stream), stored.Data);
        return found.Values.ToDictionary(review => review.Asked.Review);
    }

    /// <summary>Looks through the runs that this one retries or makes again, the nearest first.</summary>
    /// <param name="path">The step that asks.</param>
    public async Task<EarlierAnswers> EarlierAsync(RunId run, string path, CancellationToken ct)
    {
        var reviews = new Dictionary<(Digest Shown, int Reviewers), Review>();
        var submitted = await SubmittedAsync(run, ct);
        for (var before = submitted; (before?.RetryOf ?? before?.Reproduces?.Run) is { } earlier; before = await SubmittedAsync(earlier, ct))
            foreach (var review in (await ReadAsync(await AskedAsync(JudgementId.Of(earlier, path), ct), ct)).Values.Where(review => review.End == ReviewEnd.Answered))
                reviews.TryAdd((review.Asked.Shown, review.Asked.Reviewers), review);
        return new(reviews, submitted?.Reproduces?.Run);
    }

    /// <summary>Closes those that nobody can be shown any more: whoever asked may have done so while the person was being erased, and would wait for ever.</summary>
    public async Task CloseErasedAsync(EventContext context, IEnumerable<ReviewRequested> asked, CancellationToken ct)
    {
        foreach (var question in asked.Where(question => question.Subjects?.Any(subjects.IsErased) == true))
            await ledger.HandleAsync<Review>(question.Review.Stream(), Review.Evolve, Review.Erase, context, ct);
    }

    /// <summary>Everybody's verdict with its reason, by name.</summary>
    /// <exception cref="SubjectUnreadableException">The person whose data was shown was erased.</exception>
    public IReadOnlyList<(PersonVerdict Of, string? Reason)> Verdicts(Review review) =>
        [.. ByName(review).Select(answer => (new PersonVerdict(answer.Reviewer, answer.Verdict!.Value), answer.EncryptedReason is { } encrypted ? subjects.DecryptReason(encrypted) : answer.Reason))];

    public static IReadOnlyList<PersonPreference> Preferences(Review review) => [.. ByName(review).Select(answer => new PersonPreference(answer.Reviewer, answer.Preferred!.Value))];

    private static IOrderedEnumerable<ReviewAnswered> ByName(Review review) => review.Answers.OrderBy(answer => answer.Reviewer, StringComparer.Ordinal);

    private async Task<RunSubmitted?> SubmittedAsync(RunId run, CancellationToken ct) => (await ledger.ReadStreamAsync(run.Stream(), ct: ct).FirstOrDefaultAsync(ct))?.Data as RunSubmitted;

    private async Task<List<ReviewId>> AskedAsync(JudgementId judgement, CancellationToken ct)
    {
        var asked = new List<ReviewId>();
        await foreach (var stored in ledger.ReadStreamAsync(judgement.Stream(), ct: ct))
            asked.AddRange(stored.Data switch { ReviewsRequested shard => shard.Reviews, ComparisonPlanned comparison => comparison.Reviews, _ => [] });
        return [.. asked.Distinct()];
    }
}
