using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.EndToEnd.Tests;

/// <summary>What is true of every run that succeeded, whatever was killed meanwhile.</summary>
public static class Books
{
    public static void AssertBalanced(IReadOnlyList<StoredEvent> run)
    {
        EndedOnce(run);
        EveryStepAnsweredOnce(run);
        foreach (var planned in run.Of<GenerationPlanned>())
            AskedIsRecorded(run, planned);
        foreach (var planned in run.Of<JudgementPlanned>())
            RecordedIsJudged(run, planned);
        foreach (var report in run.Of<EvaluationCompleted>())
            EveryPolicyPlayedAll(report);
        SheetsClose(run);
    }

    private static void EndedOnce(IReadOnlyList<StoredEvent> run)
    {
        var ends = run.Where(f => f.Data is RunSucceeded or RunFailed or RunCancelled).ToList();
        Assert.True(ends is [{ Data: RunSucceeded }], $"The run ended as: {string.Join(", ", ends.Select(e => e.Data))}");
        Assert.DoesNotContain(run, f => f.Stream == ends[0].Stream && f.Version > ends[0].Version);
    }

    private static void EveryStepAnsweredOnce(IReadOnlyList<StoredEvent> run)
    {
        Assert.Empty(run.Of<StepFailed>());
        var requested = run.Of<StepRequested>().Select(e => e.Step).ToList();
        Assert.All(requested, step => Assert.Equal(1, step.Attempt));
        Assert.Equal(requested, run.Of<StepCompleted>().Select(e => e.Step));
        Assert.Distinct(run.Of<TrainingCompleted>().Select(e => e.Training));
        Assert.Distinct(run.Of<DatasetBuilt>().Select(e => e.Dataset));
        Assert.Distinct(run.Of<GenerationCompleted>().Select(e => e.Generation));
        Assert.Distinct(run.Of<JudgementCompleted>().Select(e => e.Judgement));
        Assert.Distinct(run.Of<EvaluationCompleted>().Select(e => e.Evaluation));
        Assert.Single(run.Of<PromotionDecided>());
    }

    private static void AskedIsRecorded(IReadOnlyList<StoredEvent> run, GenerationPlanned planned)
    {
        var recorded = run.Of<TrajectoryRecorded>().Where(t => t.Generation == planned.Generation).ToList();
        Assert.Equal(planned.Work.Episodes, recorded.Count);
        Assert.Distinct(recorded.Select(t => (t.Task, t.Sample)));
        var shards = run.Of<ShardCompleted>().Where(s => s.Generation == planned.Generation).ToList();
        Assert.Distinct(shards.Select(s => s.Shard));
        Assert.Equal(recorded.Select(t => t.Trajectory).ToHashSet(), shards.SelectMany(s => s.Trajectories).Select(t => t.Trajectory).ToHashSet());
        var completed = Assert.Single(run.Of<GenerationCompleted>(), e => e.Generation == planned.Generation);
        Assert.Equal(planned.Work.Episodes, completed.Scored + completed.Truncated + completed.Failed);
    }

    private static void RecordedIsJudged(IReadOnlyList<StoredEvent> run, JudgementPlanned planned)
    {
        var recorded = run.Of<TrajectoryRecorded>().Where(t => planned.Work.Generations.Contains(t.Generation)).Select(t => t.Trajectory).ToHashSet();
        var judged = run.Of<TrajectoryJudged>().Where(j => j.Judgement == planned.Judgement).ToList();
        Assert.Equal(recorded.Count, judged.Count);
        Assert.Equal(recorded, judged.Select(j => j.Trajectory).ToHashSet());
        var completed = Assert.Single(run.Of<JudgementCompleted>(), e => e.Judgement == planned.Judgement);
        Assert.Equal(judged.Count, completed.Accepted + completed.Rejected + completed.Unusable);
    }

    private static void EveryPolicyPlayedAll(EvaluationCompleted evaluation)
    {
        Assert.Equal(evaluation.Work.Policies.Select(p => p.Name), evaluation.Report.Policies.Select(p => p.Name));
        Assert.All(evaluation.Report.Policies, p => Assert.Equal(evaluation.Work.Episodes, p.Episodes));
        Assert.All(evaluation.Report.Policies, p => Assert.Equal(p.Episodes, p.Scored + p.Truncated + p.Failed));
    }

    /// <summary>What goes into a data set is all that its sources recorded, of a team's episode one part for each role that learns, and what goes into a training is all of its data set.</summary>
    private static void SheetsClose(IReadOnlyList<StoredEvent> run)
    {
        foreach (var dataset in run.Of<DatasetBuilt>().Where(d => d.Work.Comparison is null))
        {
            Assert.Equal(run.Of<TrajectoryRecorded>().Where(t => dataset.Work.Sources.Any(s => s.Generation == t.Generation)).Sum(t => dataset.Work.Role is null ? t.Turns.Select(turn => turn.Role).Distinct().Count() : 1), dataset.Balance.Closed().In);
            // A sample shows one trajectory; a pair shows two, of which each may be in other pairs as well.
            Assert.InRange(dataset.Balance.Used, dataset.Kind == DatasetKind.Preferences ? 2 : dataset.Samples, dataset.Kind == DatasetKind.Preferences ? 2 * dataset.Samples : dataset.Samples);
        }
        foreach (var training in run.Of<TrainingCompleted>().Where(t => t.Work is TrainWork))
            Assert.Equal(run.Of<DatasetBuilt>().Single(d => d.Dataset == ((TrainWork)training.Work).Dataset).Samples, training.Balance!.Closed().In);
    }
}
