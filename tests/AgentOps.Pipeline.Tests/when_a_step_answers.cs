using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

public sealed class when_a_step_answers
{
    private static StepKey Key(string path, int attempt = 1) => new(Sample.Run, path, attempt);

    [Fact]
    public void Its_output_is_recorded_and_the_next_step_requested()
    {
        var run = Scenario.RunAt("1.generate");
        var success = run.Success();

        var facts = run.When(success);

        Assert.Equal(new StepCompleted(success.Step, success.Output), facts[0]);
        var next = Assert.IsType<StepRequested>(facts[1]);
        Assert.Equal(Key("2.judge"), next.Step);
        Assert.Equal([((GenerationOutput)success.Output).Generation], Assert.IsType<JudgeWork>(next.Work).Generations);
    }

    [Fact]
    public void The_last_success_ends_the_run_with_one_terminal_event()
    {
        var run = Scenario.RunAt("3.train");
        var success = run.Success();

        run.Then(success, new StepCompleted(success.Step, success.Output), new RunSucceeded(Sample.Run));
    }

    [Fact]
    public void A_fault_asks_for_the_same_work_in_a_new_attempt()
    {
        var run = Scenario.RunAt("1.generate");

        run.Then(new StepFaulted(Key("1.generate"), "no answer from Serving", true, Sample.Noon),
            new StepFailed(Key("1.generate"), "no answer from Serving"), run.Request(Key("1.generate", 2)));
    }

    [Fact]
    public void The_last_attempts_fault_fails_the_run()
    {
        // 3.train may be tried twice.
        var run = Scenario.RunAt("3.train").After(_ => new StepFaulted(Key("3.train"), "first", true, Sample.Noon));

        run.Then(new StepFaulted(Key("3.train", 2), "second", true, Sample.Noon),
            new StepFailed(Key("3.train", 2), "second"), new RunFailed(Sample.Run, "3.train", "second"));
    }

    [Fact]
    public void A_fault_that_would_come_again_fails_the_run_at_once() =>
        Scenario.RunAt("2.judge").Then(new StepFaulted(Key("2.judge"), "nothing to judge", false, Sample.Noon),
            new StepFailed(Key("2.judge"), "nothing to judge"), new RunFailed(Sample.Run, "2.judge", "nothing to judge"));

    [Fact]
    public void A_passed_deadline_is_a_fault_of_that_attempt()
    {
        var run = Scenario.RunAt("1.generate");
        var deadline = run.Awaited.Deadline;

        var facts = run.When(new DeadlinePassed(Key("1.generate"), deadline));

        Assert.Equal("no answer before the deadline of 2025-11-23 12:30:00Z", Assert.IsType<StepFailed>(facts[0]).Reason);
        var again = Assert.IsType<StepRequested>(facts[1]);
        Assert.Equal((2, deadline + TimeSpan.FromMinutes(30)), (again.Step.Attempt, again.Deadline));
    }

    [Fact]
    public void A_deadline_that_has_not_passed_changes_nothing()
    {
        var run = Scenario.RunAt("1.generate");

        run.Ignores(new DeadlinePassed(Key("1.generate"), run.Awaited.Deadline - TimeSpan.FromTicks(1)));
    }

    [Fact]
    public void A_late_answer_to_an_earlier_attempt_changes_nothing()
    {
        var run = Scenario.RunAt("1.generate").After(_ => new StepFaulted(Key("1.generate"), "lost", true, Sample.Noon));

        run.Ignores(run.Success(Key("1.generate", 1)));
        run.Ignores(new StepFaulted(Key("1.generate", 1), "again", true, Sample.Noon));
        run.Ignores(new DeadlinePassed(Key("1.generate", 1), Sample.Noon + TimeSpan.FromDays(1)));
        run.Ignores(new StepCancelled(Key("1.generate", 1), Sample.Noon));
    }

    [Fact]
    public void A_late_answer_of_an_earlier_step_changes_nothing()
    {
        var run = Scenario.RunAt("2.judge");

        run.Ignores(run.Success(Key("1.generate")));
        run.Ignores(run.Success(Key("base")));
    }

    [Fact]
    public void A_step_cancelled_by_others_is_tried_again()
    {
        var run = Scenario.RunAt("1.generate");

        Assert.Equal(Key("1.generate", 2), Assert.IsType<StepRequested>(run.When(new StepCancelled(Key("1.generate"), Sample.Noon))[1]).Step);
    }

    [Fact]
    public void A_refused_gate_is_an_answer_like_any_other()
    {
        var specification = Sample.Read("""
              - generate: {policy: expert, split: train, episodes: 8}
              - train: {method: sft}
                as: sft
              - evaluate: {split: test, episodes: 8, policies: [random, sft]}
                as: final
              - promote: {model: m, alias: production, candidates: [sft], when: final.success > random.success}
            """);
        var run = Scenario.RunAt("4.promote", specification);

        var refused = new StepSucceeded(Key("4.promote"), new PromotionOutput("m", null), Sample.Noon);
        run.Then(refused, new StepCompleted(refused.Step, refused.Output), new RunSucceeded(Sample.Run));
    }
}
