using AgentOps.Contracts;

namespace AgentOps.Judge;

/// <summary>The comparisons that a pair step asks of people.</summary>
/// <param name="Reviews">Its questions, without those that were answered in an earlier run.</param>
public sealed record Comparison(JudgementId Id, StepKey Step, CompareWork Work, IReadOnlyList<ReviewId> Reviews, bool Answered)
{
    public static Comparison Evolve(Comparison? state, IEvent @event) => @event switch
    {
        ComparisonPlanned planned => new(planned.Judgement, planned.Step, planned.Work, planned.Reviews, Answered: false),
        ComparisonCompleted or JudgementFailed => state! with { Answered = true },
        _ => state!,
    };

    /// <param name="review">Null where nobody could be asked.</param>
    public static PairCompared Of(JudgementId judgement, Showable first, Showable second, Review? review)
    {
        var said = review is { End: ReviewEnd.Answered } ? Questions.Preferences(review) : [];
        return new(judgement, first.Task, first.Trajectory, second.Trajectory,
            said.Count == 0 ? null : Majority.Of([.. said.Select(one => one.Preferred)]) ?? Preference.Neither, said);
    }

    public ComparisonCompleted Sum(IReadOnlyList<PairCompared> pairs) => new(Id, Step,
        pairs.Count(pair => pair.Preferred is Preference.First or Preference.Second), pairs.Count(pair => pair.Preferred == Preference.Neither), pairs.Count(pair => pair.Preferred is null),
        Digest.OfLines(pairs.Select(pair => new { pair.Task, pair.Preferred, pair.Reviews })),
        (ReviewTally.Sum(pairs.Select(Majority.Tally)) ?? new(0, Work.Reviewers, 0, [], 0, [])).Summary());
}
