using System.Globalization;
using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Exports;

/// <summary>A step of a run with everything that was recorded of it, over all its attempts.</summary>
internal sealed record PipelineStep(RunId Run, string Path, IReadOnlyList<Fact> Facts)
{
    public IEnumerable<T> Of<T>() where T : IEvent => Facts.Of<T>().Select(f => f.Event);

    /// <summary>What was asked for; null where no fact says it.</summary>
    public StepWork? Work => Of<StepRequested>().Select(e => e.Work)
        .Concat(Of<EvaluationPlanned>().Select(e => e.Work))
        .Concat(Of<EvaluationCompleted>().Select(e => e.Work))
        .Concat(Of<TrainingCompleted>().Select(e => e.Work))
        .Concat(Of<DatasetBuilt>().Select(StepWork (e) => e.Work))
        .Concat(Of<JudgementPlanned>().Select(e => e.Work))
        .Concat(Of<ComparisonPlanned>().Select(e => e.Work))
        .Concat(Of<GenerationPlanned>().Select(e => e.Work))
        .FirstOrDefault();

    /// <summary>The settings and seeds that the step was asked for, flat: a name such as <c>options.learningRate</c>, and a value.</summary>
    public IEnumerable<(string Name, string Value)> Settings => Work is { } work ? FlatJson.Of("", JsonSerializer.SerializeToElement(work, EventRegistry.Json)) : [];

    /// <summary>Who and what did it: judges, environments, code, libraries and the machine's class, where the facts have them.</summary>
    public IEnumerable<(string Name, string Value)> Means =>
    [
        .. Distinct("judge", Of<TrajectoryJudged>().SelectMany(e => e.Opinions).Select(o => o.Judge)),
        .. Distinct("environment", Of<TrajectoryRecorded>().Select(e => e.Environment)),
        .. Distinct("code", Of<TrainingCompleted>().Select(e => e.Code)),
        .. Of<TrainingCompleted>().SelectMany(e => FlatJson.Of("machine", JsonSerializer.SerializeToElement(e.Machine, EventRegistry.Json))).Distinct(),
        .. Facts.GroupBy(f => f.Service, f => f.CodeVersion).SelectMany(s => Distinct($"service.{s.Key}", s)),
    ];

    /// <summary>What came out, in figures.</summary>
    public IEnumerable<(string Name, string Value)> Figures =>
    [
        // What an evaluation or a training let play is counted in figures of their own.
        .. Of<GenerationCompleted>().Where(e => e is { Evaluation: null, Training: null }).Select(e => Counts(("episodes", e.Episodes), ("scored", e.Scored), ("truncated", e.Truncated), ("failed", e.Failed), ("successes", e.Successes))).FirstOrDefault([]),
        .. Of<JudgementCompleted>().Select(e => Counts(("accepted", e.Accepted), ("rejected", e.Rejected), ("unusable", e.Unusable))).FirstOrDefault([]),
        .. Of<ComparisonCompleted>().Select(e => Counts(("decided", e.Decided), ("tied", e.Tied), ("unusable", e.Unusable))).FirstOrDefault([]),
        .. Of<JudgementCompleted>().Select(e => e.Agreement).Concat(Of<ComparisonCompleted>().Select(e => e.Agreement)).OfType<Agreement>().Take(1)
            .SelectMany(agreement => FlatJson.Of("agreement", JsonSerializer.SerializeToElement(agreement, EventRegistry.Json))),
        .. Of<EvaluationCompleted>().Take(1).SelectMany(e => e.Report.Policies).SelectMany(Shares),
        .. Of<DatasetBuilt>().SelectMany(e => Counts(("samples", e.Samples), ("tokens", e.Tokens)).Concat(Balance(e.Balance))),
        .. Of<TrainingCompleted>().SelectMany(e => Counts(("optimizerSteps", e.OptimizerSteps), ("tokens", e.Tokens)).Concat(e.Metrics.OrderBy(m => m.Key, StringComparer.Ordinal).Select(m => ($"metrics.{m.Key}", Text(m.Value)))).Concat(Balance(e.Balance))),
    ];

    /// <summary>All steps that the facts speak of, in the order of their beginning.</summary>
    public static IReadOnlyList<PipelineStep> All(IReadOnlyList<Fact> facts)
    {
        var owners = new Dictionary<Guid, (RunId, string)>();
        foreach (var fact in facts)
            if (KeyOf(fact.Data) is { } key && WorkItemOf(fact.Data) is { } item)
                owners[item] = (key.Run, key.Path);
        return [.. facts.Select(fact => (fact, step: StepOf(fact.Data, owners))).Where(f => f.step is not null)
            .GroupBy(f => f.step!.Value, f => f.fact).Select(step => new PipelineStep(step.Key.Run, step.Key.Path, [.. step]))];
    }

    public static string Text(double value) => value.ToString("R", CultureInfo.InvariantCulture);

    private static (RunId Run, string Path)? StepOf(IEvent data, Dictionary<Guid, (RunId, string)> owners) =>
        KeyOf(data) is { } key ? (key.Run, key.Path) : WorkItemOf(data) is { } item && owners.TryGetValue(item, out var step) ? step : null;

    private static StepKey? KeyOf(IEvent data) => data switch
    {
        StepRequested e => e.Step,
        StepCompleted e => e.Step,
        StepFailed e => e.Step,
        GenerationPlanned e => e.Step,
        GenerationCompleted e => e.Step,
        JudgementPlanned e => e.Step,
        JudgementCompleted e => e.Step,
        ComparisonPlanned e => e.Step,
        ComparisonCompleted e => e.Step,
        DatasetBuilt e => e.Step,
        TrainingQueued e => e.Step,
        IterationRequested e => e.Step,
        TrainingCompleted e => e.Step,
        EvaluationPlanned e => e.Step,
        EvaluationCompleted e => e.Step,
        PromotionDecided e => e.Step,
        _ => null,
    };

    /// <summary>What work belongs to: a shard, a trajectory or a checkpoint names its generation, judgement or training, and only that one's plan names the step.</summary>
    private static Guid? WorkItemOf(IEvent data) => data switch
    {
        GenerationPlanned e => e.Generation.Value,
        ShardCompleted e => e.Generation.Value,
        TrajectoryRecorded e => e.Generation.Value,
        JudgementPlanned e => e.Judgement.Value,
        TrajectoryJudged e => e.Judgement.Value,
        ComparisonPlanned e => e.Judgement.Value,
        PairCompared e => e.Judgement.Value,
        TrainingQueued e => e.Training.Value,
        CheckpointSaved e => e.Training.Value,
        _ => null,
    };

    /// <summary>A policy's success with its interval; of no episodes nothing is known.</summary>
    private static IEnumerable<(string, string)> Shares(PolicyReport policy) =>
    [
        .. Counts(($"{policy.Name}.episodes", policy.Episodes), ($"{policy.Name}.failed", policy.Failed)),
        .. policy.Success.Of == 0 ? [] : new[] { ($"{policy.Name}.success", Text(policy.Success.Rate)), ($"{policy.Name}.success.low", Text(policy.Success.Low)), ($"{policy.Name}.success.high", Text(policy.Success.High)) },
    ];

    private static IEnumerable<(string, string)> Balance(BalanceSheet? sheet) => sheet is null ? [] : FlatJson.Of("balance", JsonSerializer.SerializeToElement(sheet, EventRegistry.Json));

    private static (string, string)[] Counts(params (string Name, long Value)[] counts) => [.. counts.Select(c => (c.Name, c.Value.ToString(CultureInfo.InvariantCulture)))];

    private static IEnumerable<(string, string)> Distinct(string name, IEnumerable<string> values) => values.Distinct().Order(StringComparer.Ordinal).Select(value => (name, value));
}
