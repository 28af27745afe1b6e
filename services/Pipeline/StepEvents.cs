using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.Pipeline;

/// <summary>What the view of runs learns about a step: from the run itself, and from the services that do the work.</summary>
internal static class StepEvents
{
    public static Task ApplyAsync(StoredEvent stored, NpgsqlTransaction transaction) => stored.Data switch
    {
        StepRequested e => RequestAsync(e, stored, transaction),
        StepCompleted e => CompleteAsync(e, stored, transaction),
        StepFailed e => Step(transaction, e.Step, "status = 'failed', reason = @Reason, ended_at = @At", new { e.Reason, stored.At }),
        GenerationPlanned e => PlanAsync(transaction, e.Generation.Value, e.Step, e.Work.Episodes),
        JudgementPlanned e => PlanAsync(transaction, e.Judgement.Value, e.Step, 0),
        TrainingQueued e => WorkAsync(transaction, e.Training.Value, e.Step, 0),
        EvaluationPlanned e => PlanAsync(transaction, e.Evaluation.Value, e.Step, 0),
        TrainingLeased e => StartAsync(transaction, e.Training.Value),
        ShardCompleted e => AdvanceAsync(transaction, e.Generation.Value, e.Trajectories.Count),
        JudgementShardCompleted e => AdvanceAsync(transaction, e.Judgement.Value, e.Accepted + e.Rejected + e.Unusable),
        TrainingProgressed e => ProgressAsync(e, transaction),
        GenerationCompleted { Evaluation: null } e => Step(transaction, e.Step, "metrics = @Metrics::json", new { Metrics = Json(Metrics(("successes", e.Successes), ("scored", e.Scored), ("truncated", e.Truncated), ("failed", e.Failed))) }),
        JudgementCompleted e => Step(transaction, e.Step, "metrics = @Metrics::json", new { Metrics = Json(Metrics(("accepted", e.Accepted), ("rejected", e.Rejected), ("unusable", e.Unusable))) }),
        DatasetBuilt e => Step(transaction, e.Step, "metrics = @Metrics::json, balance = @Balance::json, total = @Samples, unit = 'samples'",
            new { Metrics = Json(Metrics(("samples", e.Samples), ("tokens", e.Tokens))), Balance = Json(e.Balance), e.Samples }),
        DatasetFailed e => Step(transaction, e.Step, "balance = @Balance::json", new { Balance = Json(e.Balance) }),
        TrainingCompleted e => Step(transaction, e.Step, "metrics = @Metrics::json, balance = @Balance::json, total = @OptimizerSteps, unit = 'steps'",
            new { Metrics = Json(e.Metrics), Balance = Json(e.Balance), e.OptimizerSteps }),
        TrainingFailed e => Step(transaction, e.Step, "balance = @Balance::json", new { Balance = Json(e.Balance) }),
        EvaluationCompleted e => Step(transaction, e.Step, "metrics = @Metrics::json, report = @Report::json",
            new { Metrics = Json(e.Report.Policies.ToDictionary(p => $"{p.Name}.success", p => p.Success.Rate)), Report = Json(e.Report) }),
        PromotionDecided e => PromoteAsync(e, transaction),
        _ => Task.CompletedTask,
    };

    private static Task RequestAsync(StepRequested e, StoredEvent stored, NpgsqlTransaction transaction)
    {
        var (total, unit) = Expected(e.Work);
        // Builders of data sets and gates say nothing before their answer, so they count as running from the request on.
        var silent = e.Work is DatasetWork or PromoteWork;
        return Step(transaction, e.Step, """
            status = @Status, attempt = @Attempt, deadline = @Deadline, started_at = coalesce(started_at, @At), ended_at = NULL, reason = NULL, unit = @Unit,
            total = coalesce((SELECT sum(episodes) FROM work WHERE id = ANY(@Generations)), @Total)
            """, new
        {
            Status = silent ? "running" : "queued",
            e.Step.Attempt,
            Deadline = e.Deadline.ToUniversalTime(),
            stored.At,
            Unit = unit,
            Total = total,
            Generations = e.Work is JudgeWork judge ? judge.Generations.Select(g => g.Value).ToArray() : [],
        });
    }

    /// <summary>How much a piece of work is, where its request says so; a training tells it when it progresses.</summary>
    private static (long? Total, string? Unit) Expected(StepWork work) => work switch
    {
        GenerateWork w => (w.Episodes, "episodes"),
        EvaluateWork w => ((long)w.Episodes * w.Policies.Count, "episodes"),
        JudgeWork => (null, "trajectories"),
        TrainWork or ScratchWork => (null, "steps"),
        _ => (null, null),
    };

    private static async Task CompleteAsync(StepCompleted e, StoredEvent stored, NpgsqlTransaction transaction)
    {
        if (e.Step.Attempt == PipelineRun.TakenOver)
            await RunView.Execute(transaction, """
                UPDATE step SET total = old.total, unit = old.unit, metrics = old.metrics, balance = old.balance, report = old.report, promotion = old.promotion
                FROM step old JOIN run ON run.retry_of = old.run
                WHERE run.id = @Run AND step.run = @Run AND step.path = @Path AND old.path = @Path
                """, new { Run = e.Step.Run.Value, e.Step.Path });
        await Step(transaction, e.Step, "status = 'succeeded', done = coalesce(total, done), started_at = coalesce(started_at, @At), ended_at = @At, reason = NULL, model = @Model",
            new { stored.At, Model = (e.Output as ModelOutput)?.Model.ToString() });
    }

    /// <summary>A service has begun the work: its id leads to the step from here on.</summary>
    private static async Task PlanAsync(NpgsqlTransaction transaction, Guid id, StepKey step, int episodes)
    {
        await WorkAsync(transaction, id, step, episodes);
        await StartAsync(transaction, id);
    }

    private static Task WorkAsync(NpgsqlTransaction transaction, Guid id, StepKey step, int episodes) => RunView.Execute(transaction,
        "INSERT INTO work VALUES (@id, @Run, @Path, @episodes) ON CONFLICT (id) DO NOTHING", new { id, Run = step.Run.Value, step.Path, episodes });

    private static Task StartAsync(NpgsqlTransaction transaction, Guid id) => RunView.Execute(transaction, """
        UPDATE step SET status = 'running' FROM work WHERE work.id = @id AND step.run = work.run AND step.path = work.path AND step.status = 'queued';
        UPDATE run SET status = 'running' FROM work WHERE work.id = @id AND run.id = work.run AND run.status = 'queued';
        """, new { id });

    private static Task AdvanceAsync(NpgsqlTransaction transaction, Guid id, int done) => RunView.Execute(transaction,
        "UPDATE step SET done = least(step.done + @done, coalesce(step.total, step.done + @done)) FROM work WHERE work.id = @id AND step.run = work.run AND step.path = work.path", new { id, done });

    private static Task ProgressAsync(TrainingProgressed e, NpgsqlTransaction transaction) => RunView.Execute(transaction, """
        UPDATE step SET done = @OptimizerStep, total = @OptimizerSteps, metrics = @Metrics::json
        FROM work WHERE work.id = @Id AND step.run = work.run AND step.path = work.path AND step.status NOT IN ('succeeded', 'failed', 'cancelled')
        """, new { Id = e.Training.Value, e.OptimizerStep, e.OptimizerSteps, Metrics = Json(e.Metrics) });

    private static async Task PromoteAsync(PromotionDecided e, NpgsqlTransaction transaction)
    {
        await Step(transaction, e.Step, "promotion = @Promotion::json", new { Promotion = Json(new { e.Model, e.Alias, e.Version, e.Candidates }) });
        if (e.Version is { } version)
            await RunView.Execute(transaction, "UPDATE run SET model = @Promoted WHERE id = @Run", new { Promoted = $"{e.Model}:{version}", Run = e.Step.Run.Value });
    }

    private static Task Step(NpgsqlTransaction transaction, StepKey step, string changes, object values)
    {
        var parameters = new Dapper.DynamicParameters(values);
        parameters.Add("StepRun", step.Run.Value);
        parameters.Add("StepPath", step.Path);
        return RunView.Execute(transaction, $"UPDATE step SET {changes} WHERE run = @StepRun AND path = @StepPath", parameters);
    }

    private static Dictionary<string, double> Metrics(params (string Name, double Value)[] metrics) => metrics.ToDictionary(m => m.Name, m => m.Value);

    private static string? Json(object? value) => value is null ? null : JsonSerializer.Serialize(value, EventRegistry.Json);
}
