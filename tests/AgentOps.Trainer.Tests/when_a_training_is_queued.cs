using AgentOps.Contracts;
using AgentOps.Learning;
using AgentOps.Trainer;

namespace AgentOps.Trainer.Tests;

public sealed class WhenATrainingIsQueued
{
    private static readonly RunId Run = RunId.From(NameBasedGuid.Of("run"));
    private static readonly StepKey Step = new(Run, "3.train", 1);
    private static readonly TrainingId Id = TrainingId.Of(Run, "3.train");
    private static readonly ScratchWork Work = new("maze", new(), 7);
    private static readonly MachineClass Machine = new("cpu", "AVX2", 2, "1.13", ".NET 10", "hash");

    [Fact]
    public void A_request_said_twice_queues_once()
    {
        var queued = Fold(null, Queue(null, Step));

        Assert.Empty(Queue(queued, Step));
    }

    [Fact]
    public void A_second_attempt_goes_on_from_the_last_checkpoint()
    {
        CheckpointSaved saved = new(Id, 40, Digest.Of("state"u8));
        var failed = Fold(null, [.. Queue(null, Step), saved, new TrainingFailed(Id, Step, "deadline", null)]);

        var again = Fold(failed, Queue(failed, Step with { Attempt = 2 }));

        Assert.Equal(saved, again.Checkpoint);
        Assert.False(again.Answered);
    }

    [Fact]
    public void A_second_attempt_of_finished_work_is_answered_with_the_same_model()
    {
        var done = Fold(null, [.. Queue(null, Step), Completed(Step)]);

        var again = Assert.Single(Queue(done, Step with { Attempt = 2 }).OfType<TrainingCompleted>());

        Assert.Equal((2, Digest.Of("model"u8)), (again.Step.Attempt, again.Model));
    }

    [Fact]
    public void A_late_answer_to_the_first_attempt_does_not_answer_the_second()
    {
        var first = Fold(null, Queue(null, Step));
        var second = Fold(first, Queue(first, Step with { Attempt = 2 }));

        var late = Fold(second, [Completed(Step)]);

        Assert.False(late.Answered);
        Assert.NotNull(late.Result);
    }

    [Fact]
    public void Metrics_reach_the_ledger_averaged_since_the_last_report()
    {
        var progress = new Progress(Id, new Dictionary<string, double> { ["loss"] = 9 });
        Assert.Equal(9, progress.Last["loss"]);
        progress.Add(new StepReport(1, 10, 100, new Dictionary<string, double> { ["loss"] = 3 }));
        progress.Add(new StepReport(2, 10, 200, new Dictionary<string, double> { ["loss"] = 1 }));

        var first = progress.Take();
        progress.Add(new StepReport(3, 10, 300, new Dictionary<string, double> { ["loss"] = 0.5 }));

        Assert.Equal((2, 200L, 2.0), (first.OptimizerStep, first.Tokens, first.Metrics["loss"]));
        Assert.Equal(0.5, progress.Take().Metrics["loss"]);
    }

    private static IReadOnlyList<IEvent> Queue(TrainingRun? state, StepKey step) => TrainingRun.Queue(state, step, Work, DateTimeOffset.UnixEpoch);

    private static TrainingRun Fold(TrainingRun? state, IEnumerable<IEvent> events) => events.Aggregate(state, (run, e) => TrainingRun.Evolve(run, e))!;

    private static TrainingCompleted Completed(StepKey step) => new(Id, step, Work, Digest.Of("model"u8), 10, 1000, new Dictionary<string, double>(), Machine, "1", null);
}
