using AgentOps.Contracts;

namespace AgentOps.Exports;

/// <summary>OpenLineage's data sets and its published facets, none of our own: every <c>_schemaURL</c> leads to openlineage.io.</summary>
internal sealed class OpenLineageFacets(string names)
{
    /// <summary>The version of the code that recorded the event.</summary>
    public static string Producer(Fact fact) => Names.Urn("code", fact.CodeVersion);

    public Dictionary<string, object> Parent(Fact fact, RunId run, string pipeline) =>
        Facet(fact, "1-2-0", "ParentRunFacet", ("run", new { RunId = run.Value }), ("job", new { Namespace = names, Name = pipeline }));

    public static Dictionary<string, object> Parameters(Fact fact, IEnumerable<(string Name, string Value)> settings) =>
        Facet(fact, "1-0-0", "ExecutionParametersRunFacet", ("parameters", settings.Select(s => new { Key = s.Name, s.Value }).ToArray()));

    public static Dictionary<string, object> Error(Fact fact, string message) => new()
    {
        ["errorMessage"] = Facet(fact, "1-0-1", "ErrorMessageRunFacet", ("message", message), ("programmingLanguage", "C#")),
    };

    public static Dictionary<string, object> Job(Fact fact, string type, string owner) => new()
    {
        ["jobType"] = Facet(fact, "2-0-4", "JobTypeJobFacet", ("processingType", "BATCH"), ("integration", "AGENTOPS"), ("jobType", type)),
        ["ownership"] = Facet(fact, "1-0-1", "OwnershipJobFacet", ("owners", new[] { new { Name = $"user:{owner}", Type = "SUBMITTER" } })),
    };

    /// <summary>Who and what did a step and what came out: judges, environments, code, machine and figures as tags, the library as engine, the gate as tests.</summary>
    public static Dictionary<string, object> Found(Fact fact, PipelineStep step)
    {
        var facets = new Dictionary<string, object>
        {
            ["tags"] = Facet(fact, "1-0-0", "TagsRunFacet", ("tags", step.Means.Concat(step.Figures).Select(t => new { Key = t.Name, t.Value, Source = "AGENTOPS" }).ToArray())),
        };
        if (step.Of<TrainingCompleted>().LastOrDefault() is { } trained)
            facets["processing_engine"] = Facet(fact, "1-1-1", "ProcessingEngineRunFacet", ("version", trained.Machine.Libtorch), ("name", "libtorch"));
        if (step.Of<PromotionDecided>().LastOrDefault() is { } decided)
            facets["test"] = Facet(fact, "1-0-1", "TestRunFacet", ("tests", decided.Candidates
                .Select(c => new { c.Name, Status = c.Passed ? "pass" : "fail", Severity = "error", Type = "gate", Description = string.Join(" ", c.Findings) }).ToArray()));
        return facets;
    }

    public IReadOnlyList<object> Inputs(Fact fact, StepWork work) => work switch
    {
        ScratchWork w => [.. w.Environments.Select(environment => Environment(fact, environment))],
        ImportWork w => [.. w.Folders.Select(folder => new { Namespace = "file", Name = folder })],
        GenerateWork w => [Environment(fact, w.Environment), .. Models(fact, [w.Policy])],
        JudgeWork w => [.. w.Generations.Select(g => Thing(fact, ReferenceKind.Generation, g))],
        CompareWork w => [.. Sources(fact, w.Sources)],
        DatasetWork w => [.. Sources(fact, w.Sources), .. w.Comparison is { } comparison ? [Thing(fact, ReferenceKind.Judgement, comparison)] : Array.Empty<object>(), Model(fact, w.Tokenizer)],
        OnlineTrainWork w => [.. w.Needs.Select(model => Model(fact, model))],
        TrainWork w => [Model(fact, w.From), Thing(fact, ReferenceKind.Dataset, w.Dataset, w.Data)],
        EvaluateWork w => [Environment(fact, w.Environment), .. Models(fact, w.Policies.Select(p => p.Policy))],
        PromoteWork w => [.. Models(fact, w.Candidates.Select(c => c.Policy)), .. w.Evaluations.Select(e => Thing(fact, ReferenceKind.Evaluation, e.Evaluation))],
        _ => [],
    };

    public IReadOnlyList<object> Outputs(Fact fact, StepOutput output, PipelineStep step) => output switch
    {
        ModelOutput o => [Model(fact, o.Model)],
        GenerationOutput o => [Thing(fact, ReferenceKind.Generation, o.Generation, o.Content, rows: step.Of<GenerationCompleted>().FirstOrDefault()?.Episodes)],
        JudgementOutput o => [Thing(fact, ReferenceKind.Judgement, o.Judgement, o.Content)],
        DatasetOutput o => [Thing(fact, ReferenceKind.Dataset, o.Dataset, o.Data, step.Of<DatasetBuilt>().FirstOrDefault()?.Samples)],
        EvaluationOutput o => [Thing(fact, ReferenceKind.Evaluation, o.Evaluation), .. o.Kept is { } kept ? [Model(fact, kept)] : Array.Empty<object>()],
        PromotionOutput { Version: { } version } o => [Thing(fact, ReferenceKind.ModelVersion, $"{o.Model}:{version}", type: "MODEL")],
        _ => [],
    };

    public object Model(Fact fact, Digest model) => Thing(fact, ReferenceKind.Model, model, model, type: "MODEL");

    private IEnumerable<object> Sources(Fact fact, IReadOnlyList<DatasetSource> sources) =>
        [.. sources.Select(s => s.Generation).Distinct().Select(g => Thing(fact, ReferenceKind.Generation, g)), .. sources.Select(s => s.Judgement).OfType<JudgementId>().Distinct().Select(j => Thing(fact, ReferenceKind.Judgement, j))];

    private IEnumerable<object> Models(Fact fact, IEnumerable<PolicyReference> policies) => policies.SelectMany(p => p.Models).Distinct().Select(m => Model(fact, m));

    private object Environment(Fact fact, string name) => Thing(fact, ReferenceKind.Environment, name);

    private object Thing(Fact fact, ReferenceKind kind, object id, Digest? version = null, int? rows = null, string? type = null)
    {
        var facets = new Dictionary<string, object>();
        if (version is { } digest)
            facets["version"] = Facet(fact, "1-0-1", "DatasetVersionDatasetFacet", ("datasetVersion", digest.ToString()));
        if (type is not null)
            facets["datasetType"] = Facet(fact, "1-0-1", "DatasetTypeDatasetFacet", ("datasetType", type));
        var thing = new Dictionary<string, object> { ["namespace"] = names, ["name"] = $"{Names.Kind(kind)}/{id}", ["facets"] = facets };
        if (rows is { } count)
            thing["outputFacets"] = new Dictionary<string, object> { ["outputStatistics"] = Facet(fact, "1-0-2", "OutputStatisticsOutputDatasetFacet", ("rowCount", count)) };
        return thing;
    }

    private static Dictionary<string, object> Facet(Fact fact, string version, string name, params ReadOnlySpan<(string Name, object Value)> members)
    {
        var facet = new Dictionary<string, object> { ["_producer"] = Producer(fact), ["_schemaURL"] = $"https://openlineage.io/spec/facets/{version}/{name}.json#/$defs/{name}" };
        foreach (var (member, value) in members)
            facet[member] = value;
        return facet;
    }
}
