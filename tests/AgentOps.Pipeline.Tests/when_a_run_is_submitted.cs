using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

public sealed class when_a_run_is_submitted
{
    private static readonly SubmitRun Submit = new(Sample.Run, Sample.Small, "ada", Sample.Noon);

    [Fact]
    public void The_base_model_is_asked_for_first()
    {
        var facts = Scenario.Given().When(Submit);

        Assert.Equal(2, facts.Count);
        Assert.IsType<RunSubmitted>(facts[0]);
        var requested = Assert.IsType<StepRequested>(facts[1]);
        Assert.Equal((new StepKey(Sample.Run, "base", 1), Sample.Noon + TimeSpan.FromMinutes(30)), (requested.Step, requested.Deadline));
        Assert.IsType<ScratchWork>(requested.Work);
    }

    [Fact]
    public void A_registered_base_needs_no_work()
    {
        var specification = Sample.Small with { Base = new BaseSpecification(Model: "maze-agent@production") };
        var digest = Sample.DigestOf("registered");

        var works = Sample.WorksOf(specification, digest);

        Assert.Equal("1.generate", works[0].Path);
        Assert.Equal(digest, works.Select(w => w.Work).OfType<TrainWork>().Single().From);
    }

    [Fact]
    public void A_registered_base_without_its_digest_is_refused() => Assert.Throws<InvalidOperationException>(() =>
        Scenario.Given().When(Submit with { Specification = Sample.Small with { Base = new BaseSpecification(Model: "maze-agent@production") } }));

    [Fact]
    public void Said_twice_it_is_submitted_once() => Scenario.RunAt("base").Ignores(Submit);

    [Fact]
    public void A_message_to_an_unknown_run_is_refused() =>
        Assert.Throws<UnknownRunException>(() => Scenario.Given().When(new CancelRun("ada", Sample.Noon)));

    [Fact]
    public void An_event_of_another_stream_is_refused() =>
        Assert.Throws<InvalidOperationException>(() => PipelineRun.Evolve(null, new RunSucceeded(Sample.Run)));
}
