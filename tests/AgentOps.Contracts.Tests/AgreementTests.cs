using AgentOps.Contracts;

namespace AgentOps.Contracts.Tests;

public sealed class AgreementTests
{
    /// <summary>
    /// Three reviewers, four questions, three answers: AAA, AAB, ABB, CCC.
    /// Of each question's 3·2 ordered pairs agree 6, 2, 2, 6: the mean share is (1 + 1/3 + 1/3 + 1)/4 = 2/3.
    /// Of the 12 answers 6 are A, 3 B, 3 C: chance agrees in (1/2)² + (1/4)² + (1/4)² = 3/8.
    /// κ = (2/3 - 3/8)/(1 - 3/8) = (7/24)/(15/24) = 7/15.
    /// </summary>
    [Fact]
    public void Kappa_is_what_is_derived_by_hand()
    {
        var agreement = Sum([0, 0, 0], [0, 0, 1], [0, 1, 1], [2, 2, 2]).Summary();

        Assert.Equal((4, 3, 2), (agreement.Reviewed, agreement.Reviewers, agreement.Unanimous));
        Assert.Equal(7.0 / 15, agreement.Kappa!.Value, 12);
    }

    [Fact]
    public void One_reviewer_agrees_with_nobody_and_all_who_always_say_the_same_could_have_by_chance()
    {
        Assert.Null(Sum([0], [1]).Summary().Kappa);
        Assert.Null(Sum([1, 1, 1], [1, 1, 1]).Summary().Kappa);
    }

    /// <summary>Two questions, each split 2 to 1: 2 of 6 ordered pairs agree, chance (1/2)² + (1/2)²: (1/3 - 1/2)/(1/2) = -1/3.</summary>
    [Fact]
    public void Less_agreement_than_by_chance_is_below_zero() => Assert.Equal(-1.0 / 3, Sum([0, 0, 1], [0, 1, 1]).Summary().Kappa!.Value, 12);

    [Fact]
    public void The_tallies_of_judges_add_up_judge_by_judge()
    {
        var sum = ReviewTally.Sum(
        [
            ReviewTally.Of([0], 3, new JudgeTally("rules/1", 1, 0, 0, 0), new JudgeTally("environment/1", 0, 1, 0, 0)), null,
            ReviewTally.Of([1], 3, new JudgeTally("environment/1", 0, 0, 0, 1)),
        ])!;

        Assert.Equal([new("environment/1", 0, 1, 0, 1), new("rules/1", 1, 0, 0, 0)], sum.Judges);
        Assert.Equal((2, 2), (sum.Reviewed, sum.Unanimous));
        Assert.Null(ReviewTally.Sum([null]));
    }

    private static ReviewTally Sum(params int[][] questions) => ReviewTally.Sum(questions.Select(answers => ReviewTally.Of(answers, 3)))!;
}
