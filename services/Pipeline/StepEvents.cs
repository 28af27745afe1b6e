using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Ledger;

namespace AgentOps.Pipeline;

/// <summary>What the view of runs learns about a step: from the run itself, and from the services that do the work.</summary>
internal static class StepEvents
{
    private const string Reviews = "reviews";

    public static void Apply(StoredEvent stored, ViewChanges changes)
    {
        switch (stored.Data)
        {
            case StepRequested e:
                Request(e, stored, changes);
                break;
            case StepCompleted e:
                Complete(e, stored, changes);
                break;
            case StepFailed e:
                Step(changes, e.Step, "status = 'failed', reason = @Reason, ended_at = @At", new { e.Reason, stored.At });
                break;
            // An online training tells itself how far it is.
            case GenerationPlanned { Training: null } e:
                Plan(changes, e.Generation.Value, e.Step, e.Work.Episodes);
                break;
            case JudgementPlanned e:
                Plan(changes, e.Judgement.Value, e.Step, 0);
                break;
            case ComparisonPlanned e:
                Plan(changes, e.Judgement.Value, e.Step, 0);
                break;
            case ReviewRequested e:
                Ask(e, changes);
                break;
            case ReviewAnswered e:
                Said(changes, e.Review.Value);
                break;
            case EvaluationPlanned e:
                Plan(changes, e.Evaluation.Value, e.Step, 0);
                break;
            case TrainingQueued e:
                Work(changes, e.Training.Value, e.Step, 0);
                break;
            case TrainingLeased e:
                Start(changes, e.Training.Value);
                break;
            case ShardCompleted e:
                Advance(changes, e.Generation.Value, e.Trajectories.Count);
                break;
            case JudgementShardCompleted e:
                Advance(changes, e.Judgement.Value, e.Accepted + e.Rejected + e.Unusable);
                break;
            case TrainingProgressed e:
                Progress(e, changes);
                break;
            default:
                Answer(stored.Data, changes);
                break;
        }
    }

    /// <summary>What came of the work.</summary>
    private static void Answer(IEvent answer, ViewChanges changes)
    {
        switch (answer)
        {
            case GenerationCompleted { Evaluation: null, Training: null } e:
                Step(changes, e.Step, "metrics = @Metrics::json", new { Metrics = Json(Metrics(("successes", e.Successes), ("scored", e.Scored), ("truncated", e.Truncated), ("failed", e.Failed))) });
                break;
            case JudgementCompleted e:
                Step(changes, e.Step, "metrics = @Metrics::json", new { Metrics = Json(Metrics([("accepted", e.Accepted), ("rejected", e.Rejected), ("unusable", e.Unusable), .. Agreed(e.Agreement)])) });
                break;
            case ComparisonCompleted e:
                Step(changes, e.Step, "metrics = @Metrics::json", new { Metrics = Json(Metrics([("decided", e.Decided), ("tied", e.Tied), ("unusable", e.Unusable), .. Agreed(e.Agreement)])) });
                break;
            case DatasetBuilt e:
                Step(changes, e.Step, "metrics = @Metrics::json, balance = @Balance::json, total = @Samples, unit = 'samples'",
                    new { Metrics = Json(Metrics(("samples", e.Samples), ("tokens", e.Tokens))), Balance = Json(e.Balance), e.Samples });
                break;
            case DatasetFailed e:
                Step(changes, e.Step, "balance = @Balance::json", new { Balance = Json(e.Balance) });
                break;
            case TrainingCompleted e:
                Step(changes, e.Step, "metrics = @Metrics::json, balance = @Balance::json, machine = @Machine::json, total = @OptimizerSteps, unit = 'steps'",
                    new { Metrics = Json(e.Metrics), Balance = Json(e.Balance), Machine = Json(e.Machine), e.OptimizerSteps });
                break;
            case TrainingFailed e:
                Step(changes, e.Step, "balance = @Balance::json", new { Balance = Json(e.Balance) });
                break;
            case EvaluationCompleted e:
                Step(changes, e.Step, "metrics = @Metrics::json, report = @Report::json",
                    new { Metrics = Json(e.Report.Policies.ToDictionary(p => $"{p.Name}.success", p => p.Success.Rate)), Report = Json(e.Report) });
                break;
            case PromotionDecided e:
                Promote(e, changes);
                break;
        }
    }

    private static void Request(StepRequested e, StoredEvent stored, ViewChanges changes)
    {
        var (total, unit) = Expected(e.Work);
        // Builders of data sets and gates say nothing before their answer, so they count as running from the request on.
        var silent = e.Work is DatasetWork or PromoteWork;
        Step(changes, e.Step, """
            status = @Status, attempt = @Attempt, deadline = @Deadline, started_at = coalesce(started_at, @At), ended_at = NULL, reason = NULL, unit = CASE WHEN total IS NOT NULL AND unit = @Reviews THEN unit ELSE @Unit END,
            total = CASE WHEN total IS NOT NULL AND unit = @Reviews THEN total ELSE coalesce((SELECT sum(episodes) FROM work WHERE id = ANY(@Generations)), @Total) END
            """, new
        {
            Status = silent ? "running" : "queued",
            e.Step.Attempt,
            Deadline = e.Deadline.ToUniversalTime(),
            stored.At,
            Unit = unit,
            Total = total,
            Reviews,
            Generations = e.Work is JudgeWork judge ? judge.Generations.Select(g => g.Value).ToArray() : [],
        });
    }

    /// <summary>How much a piece of work is, where its request says so; a training tells it when it progresses.</summary>
    private static (long? Total, string? Unit) Expected(StepWork work) => work switch
    {
        GenerateWork w => (w.Episodes, "episodes"),
        EvaluateWork w => ((long)w.Episodes * w.Policies.Count, "episodes"),
        JudgeWork => (null, "trajectories"),
        CompareWork => (null, Reviews),
        TrainWork or OnlineTrainWork or ScratchWork => (null, "steps"),
        _ => (null, null),
    };

    private static void Complete(StepCompleted e, StoredEvent stored, ViewChanges changes)
    {
        if (e.Step.Attempt == PipelineRun.TakenOver)
            changes.Add("""
                UPDATE step SET total = old.total, unit = old.unit, metrics = old.metrics, balance = old.balance, report = old.report, promotion = old.promotion, machine = old.machine
                FROM step old JOIN run ON old.run IN (run.retry_of, run.reproduces)
                WHERE run.id = @Run AND step.run = @Run AND step.path = @Path AND old.path = @Path
                """, new { Run = e.Step.Run.Value, e.Step.Path });
        Step(changes, e.Step, "status = 'succeeded', done = coalesce(total, done), started_at = coalesce(started_at, @At), ended_at = @At, reason = NULL, model = @Model",
            new { stored.At, Model = e.Output.Gives?.ToString() });
        // A promotion that was taken over is this run's as well: nobody decides it a second time.
        if (e.Output is PromotionOutput { Version: { } version } promoted)
            changes.Add("UPDATE run SET model = @Promoted WHERE id = @Run", new { Promoted = $"{promoted.Model}:{version}", Run = e.Step.Run.Value });
    }

    /// <summary>A service has begun the work: its id leads to the step from here on.</summary>
    private static void Plan(ViewChanges changes, Guid id, StepKey step, int episodes)
    {
        Work(changes, id, step, episodes);
        Start(changes, id);
    }

    private static void Work(ViewChanges changes, Guid id, StepKey step, int episodes) =>
        changes.Add("INSERT INTO work VALUES (@id, @Run, @Path, @episodes) ON CONFLICT (id) DO NOTHING", new { id, Run = step.Run.Value, step.Path, episodes });

    private static void Start(ViewChanges changes, Guid id)
    {
        changes.Add("UPDATE step SET status = 'running' FROM work WHERE work.id = @id AND step.run = work.run AND step.path = work.path AND step.status = 'queued'", new { id });
        changes.Add("UPDATE run SET status = 'running' FROM work WHERE work.id = @id AND run.id = work.run AND run.status = 'queued'", new { id });
    }

    /// <summary>Where people are asked, the step is as far as they are.</summary>
    private static void Advance(ViewChanges changes, Guid id, int done) => changes.Add("""
        UPDATE step SET done = least(step.done + @done, coalesce(step.total, step.done + @done))
        FROM work WHERE work.id = @id AND step.run = work.run AND step.path = work.path AND step.unit IS DISTINCT FROM @Reviews
        """, new { id, done, Reviews });

    private static void Ask(ReviewRequested e, ViewChanges changes)
    {
        var asked = new { Judgement = e.Judgement.Value, Review = e.Review.Value, e.Reviewers, Reviews };
        changes.Add("INSERT INTO work SELECT @Review, run, path, 0 FROM work WHERE id = @Judgement ON CONFLICT (id) DO NOTHING", asked);
        changes.Add("""
            UPDATE step SET unit = @Reviews, done = CASE WHEN step.unit = @Reviews THEN step.done ELSE 0 END, total = CASE WHEN step.unit = @Reviews THEN coalesce(step.total, 0) ELSE 0 END + @Reviewers
            FROM work WHERE work.id = @Judgement AND step.run = work.run AND step.path = work.path
            """, asked);
    }

    private static void Said(ViewChanges changes, Guid review) => changes.Add(
        "UPDATE step SET done = step.done + 1 FROM work WHERE work.id = @review AND step.run = work.run AND step.path = work.path", new { review });

    private static IEnumerable<(string, double)> Agreed(Agreement? agreement) => agreement is null ? [] :
    [
        ("reviewed", agreement.Reviewed), ("unanimous", agreement.Unanimous), .. agreement.Kappa is { } kappa ? [("kappa", kappa)] : Array.Empty<(string, double)>(),
        .. agreement.Judges.SelectMany(judge => ((string, double)[])
            [($"{judge.Judge}.bothAccepted", judge.BothAccepted), ($"{judge.Judge}.judgeAlone", judge.JudgeAlone), ($"{judge.Judge}.peopleAlone", judge.PeopleAlone), ($"{judge.Judge}.bothRejected", judge.BothRejected)]),
    ];

    private static void Progress(TrainingProgressed e, ViewChanges changes) => changes.Add("""
        UPDATE step SET done = @OptimizerStep, total = @OptimizerSteps, metrics = @Metrics::json
        FROM work WHERE work.id = @Id AND step.run = work.run AND step.path = work.path AND step.status NOT IN ('succeeded', 'failed', 'cancelled')
        """, new { Id = e.Training.Value, e.OptimizerStep, e.OptimizerSteps, Metrics = Json(e.Metrics) });

    private static void Promote(PromotionDecided e, ViewChanges changes) =>
        Step(changes, e.Step, "promotion = @Promotion::json", new { Promotion = Json(new { e.Model, e.Alias, e.Version, e.Candidates }) });

    private static void Step(ViewChanges changes, StepKey step, string set, object values) =>
        changes.Add($"UPDATE step SET {set} WHERE run = @StepRun AND path = @StepPath", values, new { StepRun = step.Run.Value, StepPath = step.Path });

    private static Dictionary<string, double> Metrics(params (string Name, double Value)[] metrics) => metrics.ToDictionary(m => m.Name, m => m.Value);

    private static string? Json(object? value) => value is null ? null : JsonSerializer.Serialize(value, EventRegistry.Json);
}
