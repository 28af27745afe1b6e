using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

public sealed class when_a_run_is_cancelled
{
    private static readonly CancelRun Cancel = new("ada", Sample.Noon);
    private static readonly DateTimeOffset Grace = Sample.Noon + TimeSpan.FromSeconds(20);
    private static readonly RunCancelled Ended = new(Sample.Run, "the step under way ended");

    private static Scenario Cancelling() => Scenario.RunAt("1.generate").After(_ => Cancel);

    [Fact]
    public void The_step_under_way_gets_a_grace_period() =>
        Scenario.RunAt("1.generate").Then(Cancel, new RunCancelling(Sample.Run, "ada", Grace));

    [Fact]
    public void Said_again_it_changes_nothing() => Cancelling().Ignores(Cancel with { By = "bob" });

    [Fact]
    public void It_is_over_when_the_step_says_that_it_stopped() =>
        Cancelling().Then(new StepCancelled(new StepKey(Sample.Run, "1.generate", 1), Sample.Noon), Ended);

    [Fact]
    public void A_success_within_the_grace_period_is_kept_and_nothing_follows()
    {
        var run = Cancelling();
        var success = run.Success();

        run.Then(success, new StepCompleted(success.Step, success.Output), Ended);
    }

    [Fact]
    public void A_fault_or_a_deadline_ends_it_without_another_attempt()
    {
        var run = Cancelling();

        run.Then(new StepFaulted(run.Awaited.Key, "broken", true, Sample.Noon), Ended);
        run.Then(new DeadlinePassed(run.Awaited.Key, run.Awaited.Deadline), Ended);
    }

    [Fact]
    public void It_is_over_when_the_grace_period_passed()
    {
        var run = Cancelling();

        run.Ignores(new GracePassed(Grace - TimeSpan.FromTicks(1)));
        run.Then(new GracePassed(Grace), new RunCancelled(Sample.Run, "the grace period passed before the step answered"));
    }

    [Fact]
    public void A_grace_period_means_nothing_to_a_run_that_was_not_cancelled() =>
        Scenario.RunAt("1.generate").Ignores(new GracePassed(Sample.Noon + TimeSpan.FromDays(1)));

    [Fact]
    public void An_answer_to_another_attempt_does_not_end_it()
    {
        var run = Scenario.RunAt("1.generate")
            .After(r => new StepFaulted(r.Awaited.Key, "lost", true, Sample.Noon))
            .After(_ => Cancel);

        run.Ignores(new StepCancelled(new StepKey(Sample.Run, "1.generate", 1), Sample.Noon));
    }

    [Fact]
    public void Between_two_steps_it_is_cancelled_at_once()
    {
        var run = Scenario.Given(new RunSubmitted(Sample.Run, Sample.Small, "ada"));

        run.Then(Cancel, new RunCancelling(Sample.Run, "ada", Grace), new RunCancelled(Sample.Run, "ada asked for it between two steps"));
    }

    [Fact]
    public void A_late_result_for_a_cancelled_run_changes_nothing()
    {
        var run = Cancelling();
        var success = run.Success();
        run.After(_ => new GracePassed(Grace));

        run.Ignores(success);
        run.Ignores(Cancel);
        run.Ignores(new GracePassed(Grace));
    }

    [Fact]
    public void A_run_that_is_over_cannot_be_cancelled()
    {
        var run = Scenario.RunAt("3.train").After(r => r.Success());

        Assert.Equal(RunStatus.Succeeded, run.State!.Status);
        run.Ignores(Cancel);
    }
}
