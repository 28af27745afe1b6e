using AgentOps.Contracts;
using AgentOps.Evaluator;

namespace AgentOps.Evaluator.Tests;

public sealed class WhenTheBestModelIsKept
{
    private static readonly StepKey Step = new(new RunId(new Guid("0197f3a0-1c00-7000-8000-000000000001")), "3.evaluate", 1);

    [Fact]
    public void It_is_the_one_that_solved_the_largest_share() =>
        Assert.Equal(Model("b"), Best.Of(Report(Of(Model("a"), 2), Of(Model("b"), 3), Of(Model("c"), 1))));

    [Fact]
    public void What_is_not_better_does_not_replace_the_one_before_it() =>
        Assert.Equal(Model("best"), Best.Of(Report(Of(Model("best"), 2), Of(Model("new"), 2))));

    [Fact]
    public void Who_is_no_model_is_not_kept() =>
        Assert.Equal(Model("a"), Best.Of(Report(Of(new("expert", new(PolicyKind.Expert)), 4), Of(Model("a"), 1))));

    [Fact]
    public void A_failed_measurement_chooses_nobody()
    {
        // One of ten episodes is more than 5 %, though nine of nine were solved.
        var report = Report(Of(Model("lucky"), solved: 9, unsolved: 0, failed: 1), Of(Model("measured"), solved: 5, unsolved: 5));

        Assert.Equal(Model("measured"), Best.Of(report));
        Assert.Null(Best.Of(report with { Policies = [report.Policies[0]] }));
    }

    [Fact]
    public void The_answer_names_it_where_one_was_asked_for()
    {
        var report = Report(Of(Model("a"), 2), Of(Model("b"), 3));

        Assert.Equal(Model("b"), Answer<EvaluationCompleted>("best", report).Kept);
        Assert.Null(Answer<EvaluationCompleted>(null, report).Kept);
    }

    [Fact]
    public void Where_none_was_measured_the_step_fails_and_says_so() => Assert.Contains(
        "No model can be kept as 'best': of 10 episodes 1 of a failed",
        Answer<EvaluationFailed>("best", Report(Of(Model("a"), solved: 9, unsolved: 0, failed: 1))).Reason, StringComparison.Ordinal);

    private static T Answer<T>(string? keep, EvaluationReport report) where T : IEvent
    {
        var work = new EvaluateWork("maze", "dev", 0, 10, [], 1, keep);
        return Assert.IsType<T>(Assert.Single(Evaluation.Report(new(EvaluationId.Of(Step.Run, Step.Path), Step, work, Answered: false), Step, report)));
    }

    private static NamedPolicy Model(string name) => new(name, new(PolicyKind.Model, Digest.Of(System.Text.Encoding.UTF8.GetBytes(name))));

    private static EvaluationReport Report(params PlayedPolicy[] played) => Reporting.Of(played);

    private static PlayedPolicy Of(NamedPolicy policy, int solved) => Of(policy, solved, 4 - solved);

    private static PlayedPolicy Of(NamedPolicy policy, int solved, int unsolved, int failed = 0) => new(policy, GenerationId.From(NameBasedGuid.Of(policy.Name)),
    [
        .. Enumerable.Range(0, solved + unsolved + failed).Select(task => Episode(
            task,
            task < solved + unsolved ? EpisodeOutcome.Scored : EpisodeOutcome.Failed,
            task < solved ? 1 : task < solved + unsolved ? 0 : null)),
    ]);

    private static TrajectorySummary Episode(int task, EpisodeOutcome outcome, double? reward) =>
        new(TrajectoryId.From(NameBasedGuid.Of(task.ToString())), $"maze/dev/{task}", "put", 0, outcome, reward, 5, 0);
}
