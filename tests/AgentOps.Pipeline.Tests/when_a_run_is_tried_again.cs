using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

public sealed class when_a_run_is_tried_again
{
    private static readonly RunId Second = new(new Guid("0197f3a0-1c00-7000-8000-000000000002"));

    /// <summary>What the first run of the small pipeline finished before it failed in its training.</summary>
    private static readonly IReadOnlyDictionary<string, FinishedStep> Finished = Sample.WorksOf(Sample.Small)
        .Where(w => w.Path != "3.train")
        .ToDictionary(w => w.Path, w => new FinishedStep(w.Work, Sample.OutputOf(new StepKey(Sample.Run, w.Path, 1), w.Work)));

    private static SubmitRun Retry(PipelineSpecification specification) => new(Second, specification, "ada", Sample.Noon, null, Sample.Run, Finished);

    [Fact]
    public void Finished_steps_are_taken_over_by_their_outputs()
    {
        var facts = Scenario.Given().When(Retry(Sample.Small));

        Assert.Equal(Sample.Run, Assert.IsType<RunSubmitted>(facts[0]).RetryOf);
        Assert.Equal(
            Finished.Select(f => new StepCompleted(new StepKey(Second, f.Key, 0), f.Value.Output)),
            facts.Skip(1).SkipLast(1).Cast<StepCompleted>());
        var requested = Assert.IsType<StepRequested>(facts[^1]);
        Assert.Equal(new StepKey(Second, "3.train", 1), requested.Step);
        Assert.Equal(((DatasetOutput)Finished["3.train.dataset"].Output).Dataset, Assert.IsType<TrainWork>(requested.Work).Dataset);
    }

    [Fact]
    public void A_step_whose_work_has_changed_is_done_again_with_all_after_it()
    {
        var changed = Sample.Small with { Steps = [((GenerateStep)Sample.Small.Steps[0]) with { Episodes = 9 }, .. Sample.Small.Steps.Skip(1)] };

        var facts = Scenario.Given().When(Retry(changed));

        Assert.Equal(["base"], facts.OfType<StepCompleted>().Select(f => f.Step.Path));
        Assert.Equal("1.generate", facts.OfType<StepRequested>().Single().Step.Path);
    }

    [Fact]
    public void A_run_of_which_everything_is_finished_succeeds_at_once()
    {
        var works = Sample.WorksOf(Sample.Small).ToDictionary(w => w.Path, w => new FinishedStep(w.Work, Sample.OutputOf(new StepKey(Sample.Run, w.Path, 1), w.Work)));

        Assert.IsType<RunSucceeded>(Scenario.Given().When(Retry(Sample.Small) with { Finished = works })[^1]);
    }
}
