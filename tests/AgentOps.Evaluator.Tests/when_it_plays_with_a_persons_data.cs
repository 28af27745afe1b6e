using AgentOps.Contracts;
using AgentOps.Evaluator;

namespace AgentOps.Evaluator.Tests;

public sealed class WhenItPlaysWithAPersonsData
{
    private static readonly StepKey Step = new(new RunId(new Guid("0197f3a0-1c00-7000-8000-000000000001")), "4.evaluate", 1);
    private static readonly EvaluateWork Work = new("maze", "test", 0, 8, [new("random", new(PolicyKind.Random)), new("expert", new(PolicyKind.Expert))], 7);

    [Fact]
    public void Every_policys_episodes_are_asked_for_under_that_person() => Assert.Equal(["customer-17", "customer-17"], SubjectsOf(Work with { Subject = "customer-17" }));

    [Fact]
    public void Nobodys_data_is_asked_for_under_nobody() => Assert.Equal([null, null], SubjectsOf(Work));

    private static IEnumerable<string?> SubjectsOf(EvaluateWork work) => Evaluation.Start(null, Step, work).OfType<EpisodesRequested>().Select(asked => asked.Work.Subject);
}
