using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;
using AgentOps.Subjects;

namespace AgentOps.Judge;

/// <summary>Asks people which of two trajectories is better, and answers the step when the last of them has said it.</summary>
public sealed class Comparisons(LedgerStore ledger, Questions questions, SubjectKeys subjects)
{
    private sealed record Pair(Showable First, Showable Second, ReviewRequested Question);

    public async Task StartAsync(StoredEvent cause, StepKey step, CompareWork work, CancellationToken ct)
    {
        var id = JudgementId.Of(step.Run, step.Path);
        var folded = await ledger.FoldAsync<Comparison>(id.Stream(), Comparison.Evolve, ct);
        if (folded.State is { } begun && begun.Step.Attempt >= step.Attempt)
        {
            // The delivery comes again: whoever planned it may not have lived to see that nobody is to be asked.
            await CompleteAsync(cause, id, ct);
            return;
        }
        List<ReviewRequested> asked;
        try
        {
            asked = await AskedAsync(id, step, work, ct);
        }
        catch (Exception wrong) when (wrong is ArgumentException or FormatException)
        {
            await AppendAsync([], new JudgementFailed(id, step, FailureReason.Of(wrong.Message)), new ComparisonPlanned(id, step, work, folded.State?.Reviews ?? []));
            return;
        }
        await AppendAsync(Questions.Writes(asked.Where(question => folded.State?.Reviews.Contains(question.Review) != true)), null, new ComparisonPlanned(id, step, work, [.. asked.Select(question => question.Review)]));
        await CompleteAsync(cause, id, ct);

        Task AppendAsync(IEnumerable<StreamWrite> questions, JudgementFailed? failed, ComparisonPlanned planned) => ledger.AppendAsync(
        [
            // Before its questions, so that whoever reads in order knows whose they are.
            new(id.Stream(), Expected.Version(folded.Version),
            [
                new(NameBasedGuid.Of("comparison-planned", id.ToString(), step.Attempt.ToString()), planned),
                .. failed is null ? Array.Empty<NewEvent>() : [new(NameBasedGuid.Of("comparison-failed", id.ToString(), step.Attempt.ToString()), failed)],
            ]),
            .. questions,
        ], cause.Causes(Topology.Judge), ct);
    }

    /// <summary>Adds nothing as long as somebody is still to answer, or where the step was answered.</summary>
    public async Task CompleteAsync(StoredEvent cause, JudgementId id, CancellationToken ct)
    {
        while (true)
        {
            var folded = await ledger.FoldAsync<Comparison>(id.Stream(), Comparison.Evolve, ct);
            if (folded.State is not { Answered: false } comparison)
                return;
            var reviews = await questions.ReadAsync(comparison.Reviews, ct);
            if (reviews.Values.Where(review => review.End is null).Select(review => review.Asked).ToList() is { Count: > 0 } waiting)
            {
                await questions.CloseErasedAsync(cause.Causes(Topology.JudgeShards), waiting, ct);
                return;
            }
            // A first attempt may have been too late with its answer, and its pairs are there.
            var recorded = await ledger.ReadStreamAsync(id.VerdictStream(0), ct: ct).Select(stored => stored.Data).OfType<PairCompared>().ToListAsync(ct);
            var compared = recorded.Count > 0 ? recorded : await ComparedAsync(comparison, reviews, ct);
            NewEvent[] pairs = [.. recorded.Count > 0 ? [] : compared.Select(pair => new NewEvent(NameBasedGuid.Of("pair-compared", id.ToString(), pair.First.ToString(), pair.Second.ToString()), pair))];
            try
            {
                await ledger.AppendAsync(
                [
                    .. pairs.Length > 0 ? [new StreamWrite(id.VerdictStream(0), Expected.NoStream, pairs)] : Array.Empty<StreamWrite>(),
                    new(id.Stream(), Expected.Version(folded.Version), [new(NameBasedGuid.Of("comparison-completed", id.ToString(), comparison.Step.Attempt.ToString()), comparison.Sum(compared))]),
                ], cause.Causes(Topology.JudgeShards), ct);
                return;
            }
            catch (VersionConflictException)
            {
                // The last two answers came at once, and the other was quicker.
            }
        }
    }

    private async Task<List<ReviewRequested>> AskedAsync(JudgementId id, StepKey step, CompareWork work, CancellationToken ct)
    {
        var earlier = await questions.EarlierAsync(step.Run, step.Path, ct);
        var pairs = await PairsAsync(id, step.Run, work, ct);
        if (pairs.Count > Bounds.MostComparedPairs)
            throw new ArgumentException($"{pairs.Count:N0} tasks have trajectories to compare, more than the {Bounds.MostComparedPairs:N0} pairs that one step asks about: say how many with 'pairs'.");
        return pairs.Count > 0
            ? [.. pairs.Select(pair => pair.Question).Where(question => !IsErased(question) && earlier.To(question) is null)]
            : throw new ArgumentException("There is nothing to compare: no task has two usable trajectories in which something different was done.");
    }

    private async Task<List<PairCompared>> ComparedAsync(Comparison comparison, IReadOnlyDictionary<ReviewId, Review> reviews, CancellationToken ct)
    {
        var earlier = await questions.EarlierAsync(comparison.Step.Run, comparison.Step.Path, ct);
        return [.. (await PairsAsync(comparison.Id, comparison.Step.Run, comparison.Work, ct)).Select(pair =>
            Comparison.Of(comparison.Id, pair.First, pair.Second, reviews.GetValueOrDefault(pair.Question.Review) ?? (IsErased(pair.Question) ? null : earlier.To(pair.Question))))];
    }

    /// <summary>Nobody can be shown what was said by somebody who was erased.</summary>
    private bool IsErased(ReviewRequested question) => question.Subjects?.Any(subjects.IsErased) == true;

    /// <summary>Everything follows from what was recorded, so this is the same whenever it is asked for.</summary>
    private async Task<List<Pair>> PairsAsync(JudgementId id, RunId run, CompareWork work, CancellationToken ct)
    {
        var played = new Dictionary<TrajectoryId, TrajectoryRecorded>();
        var usable = new List<Showable>();
        foreach (var (place, source) in work.Sources.Index())
        {
            var unusable = source.Judgement is { } judgement
                ? await ledger.VerdictsAsync(judgement, ct).Where(judged => judged.Verdict == Verdict.Unusable).Select(judged => judged.Trajectory).ToHashSetAsync(cancellationToken: ct)
                : [];
            foreach (var one in (await ledger.ShardsAsync(source.Generation, ct)).SelectMany(shard => shard.Trajectories))
                if (one.Outcome != EpisodeOutcome.Failed && !unusable.Contains(one.Trajectory))
                    usable.Add(new(one.Trajectory, place, one.Task, one.Sample));
        }
        await foreach (var trajectory in ledger.TrajectoriesAsync(usable.Select(one => one.Trajectory), ct))
            played[trajectory.Trajectory] = trajectory;
        var withdrawals = await ledger.WithdrawalsAsync(work.Without ?? [], ct);
        usable.RemoveAll(one => withdrawals.Exists(withdrawn => withdrawn.Covers(played[one.Trajectory])));
        // The world answers the same to the same actions, so of personal data the ciphertext tells as much.
        string Did(Showable one) => played[one.Trajectory] is var t && t.EncryptedTurns is { } encrypted ? encrypted.Text.Ciphertext : Digest.OfLines(t.Turns.Select(turn => turn.Action)).Hex;
        return [.. Chosen.Pairs(usable, Did, work.Pairs).Select(pair => new Pair(pair.First, pair.Second,
            Questions.Of(id, run, null, work.Reviewers, (pair.First, played[pair.First.Trajectory]), (pair.Second, played[pair.Second.Trajectory]))))];
    }
}
