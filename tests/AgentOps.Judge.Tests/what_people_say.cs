using AgentOps.Contracts;
using AgentOps.Judge;

namespace AgentOps.Judge.Tests;

public sealed class what_people_say
{
    private static readonly JudgementId Judgement = JudgementId.From(NameBasedGuid.Of("judgement"));
    private static readonly TrajectoryId Trajectory = TrajectoryId.From(NameBasedGuid.Of("t"));
    private static readonly ReviewRequested Asked = new(ReviewId.Of(Judgement, [Trajectory]), Judgement, RunId.From(NameBasedGuid.Of("r")), 0, "maze/train/1", [Trajectory], 3, Digest.Of("shown"u8));
    private static readonly TrajectoryJudged Machines = new(Judgement, Trajectory, Verdict.Accepted, [new("environment/1", Verdict.Accepted, 1, ["The task was solved."])]);

    [Fact]
    public void Their_majority_goes_before_what_the_machines_say_which_stays_beside_it()
    {
        var judged = Majority.Decide(Machines, [(new("ada", Verdict.Rejected), "It walks in circles."), (new("grace", Verdict.Accepted), null), (new("linus", Verdict.Rejected), null)]);

        Assert.Equal(Verdict.Rejected, judged.Verdict);
        Assert.Equal(["environment/1", "people/1"], judged.Opinions.Select(opinion => opinion.Judge));
        Assert.Equal(Verdict.Accepted, judged.Opinions[0].Verdict);
        Assert.Equal(["ada: rejected. It walks in circles.", "grace: accepted.", "linus: rejected."], judged.Opinions[1].Reasons);
        Assert.Equal(1.0 / 3, judged.Opinions[1].Score);
        Assert.Equal(["ada", "grace", "linus"], judged.Inputs.Where(input => input.Kind == ReferenceKind.Person).Select(input => input.Id));
    }

    [Fact]
    public void Without_a_majority_a_trajectory_is_unusable_and_says_that_they_disagree()
    {
        var judged = Majority.Decide(Machines, [(new("ada", Verdict.Rejected), null), (new("grace", Verdict.Accepted), null), (new("linus", Verdict.Unusable), null)]);

        Assert.Equal(Verdict.Unusable, judged.Verdict);
        Assert.Equal("The reviewers disagree: 1 accepted, 1 rejected, 1 unusable.", judged.Opinions[^1].Reasons[0]);
    }

    [Fact]
    public void The_preference_of_most_decides_and_without_a_majority_neither_is_better()
    {
        Assert.Equal(Preference.Second, Compared(Preference.Second, Preference.First, Preference.Second).Preferred);
        Assert.Equal(Preference.Neither, Compared(Preference.Second, Preference.First, Preference.Neither).Preferred);
        Assert.Equal(["ada", "grace", "linus"], Compared(Preference.First, Preference.First, Preference.First).Inputs.Where(input => input.Kind == ReferenceKind.Person).Select(input => input.Id));
    }

    [Fact]
    public void A_judge_is_counted_beside_them_where_both_said_yes_or_no()
    {
        var tally = Majority.Tally(Majority.Decide(Machines, [(new("ada", Verdict.Rejected), null)]))!;

        Assert.Equal(new JudgeTally("environment/1", BothAccepted: 0, JudgeAlone: 1, PeopleAlone: 0, BothRejected: 0), Assert.Single(tally.Judges));
        Assert.Equal(new JudgeTally("environment/1", 0, 0, 0, 0), Assert.Single(Majority.Tally(Majority.Decide(Machines, [(new("ada", Verdict.Unusable), null)]))!.Judges));
        Assert.Null(Majority.Tally(Machines));
    }

    [Fact]
    public void The_last_answer_that_was_asked_for_closes_the_question()
    {
        Review review = new(Asked, []);
        review = Answered(review, "ada", out var first);
        review = Answered(review, "grace", out var second);
        review = Answered(review, "linus", out var third);

        Assert.Equal([1, 1, 2], new[] { first, second, third });
        Assert.Equal(ReviewEnd.Answered, review.End);
        Assert.Equal("review-closed", Assert.Throws<ReviewRefusedException>(() => Answered(review, "margaret", out _)).Kind);
    }

    [Fact]
    public void Nobody_answers_twice()
    {
        var review = Answered(new(Asked, []), "ada", out _);

        Assert.Equal("review-answered", Assert.Throws<ReviewRefusedException>(() => Answered(review, "ada", out _)).Kind);
    }

    private static Review Answered(Review review, string by, out int facts)
    {
        var decided = Review.Answer(review, new(Asked.Review, [Trajectory], by, Verdict.Accepted));
        facts = decided.Count;
        return decided.Aggregate(review, (state, fact) => Review.Evolve(state, fact));
    }

    private static PairCompared Compared(params Preference[] said)
    {
        string[] names = ["linus", "ada", "grace"];
        Showable first = new(Trajectory, 0, "maze/train/1", 0), second = new(TrajectoryId.From(NameBasedGuid.Of("u")), 1, "maze/train/1", 0);
        return Comparison.Of(Judgement, first, second, new(Asked, [.. said.Zip(names, (preferred, name) => new ReviewAnswered(Asked.Review, [], name, Preferred: preferred))], ReviewEnd.Answered));
    }
}
