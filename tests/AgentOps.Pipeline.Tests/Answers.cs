using AgentOps.Contracts;

namespace AgentOps.Pipeline.Tests;

/// <summary>What the other services append for a run's steps, one after the other as they are requested.</summary>
internal sealed class Answers(PipelineService service, RunId run)
{
    private static readonly MachineClass Machine = new("cpu", "AVX2", 1, "1", "10", "0");

    /// <summary>The step that fails in each of its attempts.</summary>
    public string? FailAt { get; init; }

    public async Task GiveAllAsync()
    {
        HashSet<StepKey> answered = [];
        while (true)
        {
            var next = await service.NextAsync<IEvent>(run, e => e is RunSucceeded or RunFailed || e is StepRequested r && !answered.Contains(r.Step) && IsLatest(r, answered));
            if (next is not StepRequested requested)
                return;
            answered.Add(requested.Step);
            await AnswerAsync(requested);
        }
    }

    private static bool IsLatest(StepRequested requested, HashSet<StepKey> answered) => answered.All(a => a.Path != requested.Step.Path || a.Attempt < requested.Step.Attempt);

    private Task AnswerAsync(StepRequested requested)
    {
        var step = requested.Step;
        switch (requested.Work)
        {
            case ScratchWork or ImportWork or TrainWork or OnlineTrainWork:
                var training = TrainingId.Of(run, step.Path);
                return service.AppendAsync("trainer", run, training.Stream(),
                    new TrainingQueued(training, step, requested.Work, requested.Deadline), new TrainingLeased(training, "test"),
                    new TrainingProgressed(training, 5, 10, 500, new Dictionary<string, double> { ["loss"] = 0.5 }),
                    new TrainingCompleted(training, step, requested.Work, Sample.DigestOf(step.Path), 10, 1000, new Dictionary<string, double> { ["loss"] = 0.25 }, Machine, "test", null));
            case GenerateWork work:
                var generation = GenerationId.Of(run, step.Path, work.Policy.ToString());
                return service.AppendAsync("generator", run, generation.Stream(),
                    new GenerationPlanned(generation, step, null, work, 1), Shard(generation, work.Episodes), new GenerationCompleted(generation, step, null, work.Episodes, work.Episodes, 0, 0, work.Episodes));
            case JudgeWork work:
                var judgement = JudgementId.Of(run, step.Path);
                return service.AppendAsync("judge", run, judgement.Stream(), new JudgementPlanned(judgement, step, work, 1), new JudgementShardCompleted(judgement, 0, 3, 1, 0), new JudgementCompleted(judgement, step, 3, 1, 0));
            case CompareWork work:
                return CompareAsync(step, work);
            case DatasetWork work:
                var dataset = DatasetId.Of(run, step.Path);
                return service.AppendAsync("preference_builder", run, dataset.Stream(),
                    new DatasetBuilt(dataset, step, work, DatasetKind.Demonstrations, Sample.DigestOf("data"), Sample.DigestOf("members"), 3, 300, new BalanceSheet(4, 3, Filtered: 1)));
            case EvaluateWork work:
                return EvaluateAsync(step, work);
            case PromoteWork work:
                return service.AppendAsync("registry", run, $"model-{work.Model}", new PromotionDecided(work.Model, work.Alias, step, 1, [], []));
            default:
                throw new InvalidOperationException($"Nobody answers {requested.Work.GetType().Name}.");
        }
    }

    /// <summary>Two questions, to which two people each say the same.</summary>
    private async Task CompareAsync(StepKey step, CompareWork work)
    {
        var comparison = JudgementId.Of(run, step.Path);
        foreach (var task in (string[])["maze/train/0", "maze/train/1"])
        {
            TrajectoryId[] two = [TrajectoryId.From(NameBasedGuid.Of(task, "0")), TrajectoryId.From(NameBasedGuid.Of(task, "1"))];
            var review = ReviewId.Of(comparison, two);
            if (task.EndsWith('0'))
                await service.AppendAsync("judge", run, comparison.Stream(), new ComparisonPlanned(comparison, step, work, [review]));
            await service.AppendAsync("judge", run, review.Stream(), new ReviewRequested(review, comparison, run, null, task, two, 2, Sample.DigestOf(task)),
                new ReviewAnswered(review, two, "ada", Preferred: Preference.First), new ReviewAnswered(review, two, "grace", Preferred: Preference.First));
        }
        await service.AppendAsync("judge", run, comparison.Stream(), new ComparisonCompleted(comparison, step, 2, 0, 0, Sample.DigestOf("said"), new(2, 2, 2, null, [])));
    }

    private async Task EvaluateAsync(StepKey step, EvaluateWork work)
    {
        var evaluation = EvaluationId.Of(run, step.Path);
        if (step.Path == FailAt)
        {
            await service.AppendAsync("evaluator", run, evaluation.Stream(), new EvaluationPlanned(evaluation, step, work), new EvaluationFailed(evaluation, step, "no answer"));
            return;
        }

        await service.AppendAsync("evaluator", run, evaluation.Stream(), new EvaluationPlanned(evaluation, step, work));
        List<PolicyReport> reports = [];
        foreach (var policy in work.Policies)
        {
            var generation = GenerationId.Of(run, step.Path, policy.Name);
            var play = new GenerateWork(work.Environment, policy.Policy, work.Split, 0, work.Episodes, 1, 0, work.Seed);
            await service.AppendAsync("generator", run, generation.Stream(),
                new GenerationPlanned(generation, step, evaluation, play, 1), Shard(generation, work.Episodes), new GenerationCompleted(generation, step, evaluation, 2, 2, 0, 0, 1));
            var half = new Proportion(1, 2, 0.5, 0.1, 0.9);
            reports.Add(new PolicyReport(policy.Name, policy.Policy, generation, 2, 2, 0, 0, half, half, 5, 0, new Dictionary<string, Proportion>()));
        }

        await service.AppendAsync("evaluator", run, evaluation.Stream(), new EvaluationCompleted(evaluation, step, work, new EvaluationReport(reports, [])));
    }

    private static ShardCompleted Shard(GenerationId generation, int episodes) => new(generation, 0,
        [.. Enumerable.Range(0, episodes).Select(i => new TrajectorySummary(TrajectoryId.Of(generation, $"maze/train/{i}", 0), $"maze/train/{i}", "maze", 0, EpisodeOutcome.Scored, 1, 5, 0))]);
}
