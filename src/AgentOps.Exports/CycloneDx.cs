using System.Reflection;
using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Exports;

/// <summary>
/// What a model is made of: a CycloneDX 1.6 ML-BOM (ECMA-424). The model with its card; the models and data sets it was trained from with their hashes, environments, code and libraries as components; who depends on whom.
/// The card's figures are those of the held-out evaluations that the model took part in, shares with their 95 % Wilson interval; what the events do not have is left out.
/// </summary>
public static class CycloneDx
{
    private static readonly string Version = typeof(CycloneDx).Assembly.GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <returns>A BOM, JSON; the same facts give the same one.</returns>
    public static string Write(ModelLineage lineage)
    {
        var ancestry = lineage.Ancestry;
        var components = Components(lineage, ancestry).DistinctBy(c => c.Ref).ToList();
        var known = components.Select(c => c.Ref).ToHashSet(StringComparer.Ordinal);
        return JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["$schema"] = "http://cyclonedx.org/schema/bom-1.6.schema.json",
            ["bomFormat"] = "CycloneDX",
            ["specVersion"] = "1.6",
            ["serialNumber"] = $"urn:uuid:{NameBasedGuid.Of("cyclonedx", lineage.Ledger, lineage.Reference.Id, lineage.Facts.Max(f => f.Position).ToString(), lineage.Facts.Count.ToString())}",
            ["version"] = 1,
            ["metadata"] = new
            {
                Timestamp = Names.Time(lineage.Registration.Fact.At),
                Tools = new { Components = new[] { new { Type = "application", Name = "AgentOps", Version } } },
                Component = Model(lineage, ancestry),
            },
            ["components"] = components.Select(c => c.Component),
            ["dependencies"] = Dependencies(lineage, ancestry).GroupBy(d => d.From, d => d.On)
                .Select(d => new { Ref = d.Key, DependsOn = d.Distinct().Where(known.Contains).Order(StringComparer.Ordinal) }),
        }, Documents.Indented);
    }

    private static Dictionary<string, object?> Model(ModelLineage lineage, IReadOnlyList<Fact> ancestry) => new()
    {
        ["type"] = "machine-learning-model",
        ["bom-ref"] = Names.Urn(lineage.Reference),
        ["name"] = lineage.Model,
        ["version"] = lineage.Version.ToString(),
        ["hashes"] = Hashes(lineage.Digest),
        ["modelCard"] = new
        {
            ModelParameters = Parameters(lineage, ancestry),
            QuantitativeAnalysis = Metrics(lineage).ToArray() is { Length: > 0 } metrics ? new { PerformanceMetrics = metrics } : null,
        },
        ["properties"] = Properties(Said(lineage).Concat(TrainingOf(ancestry, lineage.Digest) is { } trained ? Trained(trained.Fact, trained.Event) : [])),
    };

    private static Dictionary<string, object> Parameters(ModelLineage lineage, IReadOnlyList<Fact> ancestry)
    {
        var parameters = new Dictionary<string, object>();
        // Learning from demonstrations is supervised; the enumeration has no word for learning from preferences.
        if (TrainingOf(ancestry, lineage.Digest)?.Event.Work is TrainWork { Method: "sft" })
            parameters["approach"] = new { Type = "supervised" };
        else if (TrainingOf(ancestry, lineage.Digest)?.Event.Work is OnlineTrainWork)
            parameters["approach"] = new { Type = "reinforcement-learning" };
        if (ancestry.Of<TrainingCompleted>().Select(t => t.Event.Work).OfType<ScratchWork>().ToArray() is [var scratch])
            parameters["modelArchitecture"] = scratch.Model.Family;
        if (ancestry.Of<DatasetBuilt>().Select(d => new { Ref = RefOf(d.Event) }).ToArray() is { Length: > 0 } datasets)
            parameters["datasets"] = datasets;
        return parameters;
    }

    private static IEnumerable<object> Metrics(ModelLineage lineage) =>
        from evaluation in lineage.Facts.Of<EvaluationCompleted>()
        let work = evaluation.Event.Work
        let slice = $"{work.Environment}/{work.Split}, {work.Episodes} tasks from {work.FirstTask}"
        let reports = evaluation.Event.Report.Policies
        // Its own figures, and those of every team that it was measured in.
        from policy in reports.Where(p => p.Policy.Model == lineage.Digest).Take(1).Concat(reports.Where(p => p.Policy.Members is not null && p.Policy.Models.Contains(lineage.Digest)))
        from metric in PolicyMetrics(policy, policy.Policy.Members is null ? slice : $"{slice}, {policy.Policy}")
        select metric;

    private static IEnumerable<object> PolicyMetrics(PolicyReport policy, string slice)
    {
        (string Type, Proportion Share, string Slice)[] shares =
        [
            ("success", policy.Success, slice),
            ("success-of-all", policy.SuccessOfAll, slice),
            .. policy.ByTaskType.OrderBy(t => t.Key, StringComparer.Ordinal).Select(t => ("success", t.Value, $"{slice}, {t.Key}")),
        ];
        // Of no episodes nothing is known, and 0 would say something.
        foreach (var (type, share, of) in shares.Where(s => s.Share.Of > 0))
            yield return new { Type = type, Value = PipelineStep.Text(share.Rate), Slice = of, ConfidenceInterval = new { LowerBound = PipelineStep.Text(share.Low), UpperBound = PipelineStep.Text(share.High) } };
        if (policy.Scored + policy.Truncated == 0)
            yield break;
        yield return new { Type = "mean-turns", Value = PipelineStep.Text(policy.MeanTurns), Slice = slice };
        yield return new { Type = "invalid-action-rate", Value = PipelineStep.Text(policy.InvalidActionRate), Slice = slice };
    }

    private static IEnumerable<(string Ref, object Component)> Components(ModelLineage lineage, IReadOnlyList<Fact> ancestry)
    {
        foreach (var (fact, made) in ancestry.Of<TrainingCompleted>().Where(t => t.Event.Model != lineage.Digest))
            yield return Component(RefOf(made.Model), "machine-learning-model", made.Model.ToString(), hash: made.Model, properties: Trained(fact, made));
        foreach (var policy in Policies(lineage, ancestry))
            yield return Component(RefOf(policy.Policy), "machine-learning-model", policy.Policy.ToString(), hash: policy.Policy, properties: [("iteration", PipelineStep.Text(policy.Iteration))]);
        foreach (var (_, built) in ancestry.Of<DatasetBuilt>())
            yield return Component(RefOf(built), "data", built.Dataset.ToString(), hash: built.Data, data: new { Type = "dataset", Name = Kind(built.Kind) }, properties:
            [
                ("members", built.Members.ToString()), .. StepWith(ancestry, built.Step).Settings, .. StepWith(ancestry, built.Step).Figures,
            ]);
        foreach (var input in ancestry.SelectMany(f => f.Data.Inputs).Distinct())
            if (Outside(input) is { } component)
                yield return component;
        foreach (var (name, version) in Libraries.Of(ancestry))
            yield return Component(RefOfLibrary(name, version), "framework", name, version);
    }

    /// <summary>What the ledger did not see being made.</summary>
    private static (string Ref, object Component)? Outside(Reference input) => (input.Kind, Names.Environment(input.Id)) switch
    {
        (ReferenceKind.Environment, var (name, version, hash)) => Component(Names.Urn(input), "application", name, version, hash),
        (ReferenceKind.Code, _) => Component(Names.Urn(input), "application", "AgentOps", input.Id),
        (ReferenceKind.Source, _) => Component(Names.Urn(input), "data", input.Id),
        _ => null,
    };

    private static IEnumerable<(string From, string On)> Dependencies(ModelLineage lineage, IReadOnlyList<Fact> ancestry)
    {
        foreach (var (fact, made) in ancestry.Of<TrainingCompleted>())
        {
            var from = made.Model == lineage.Digest ? Names.Urn(lineage.Reference) : RefOf(made.Model);
            foreach (var input in made.Inputs.Where(i => i.Kind is ReferenceKind.Model or ReferenceKind.Dataset or ReferenceKind.Code or ReferenceKind.Source or ReferenceKind.Environment))
                yield return (from, Names.Urn(input));
            foreach (var (name, version) in Libraries.Of([fact]))
                yield return (from, RefOfLibrary(name, version));
            foreach (var input in PlayedWith(lineage, ancestry, made.Played ?? []))
                yield return (from, Names.Urn(input));
        }
        foreach (var policy in Policies(lineage, ancestry))
            foreach (var input in PlayedWith(lineage, ancestry, policy.Before).Concat(policy.Inputs.Where(input => input.Kind == ReferenceKind.Model)))
                yield return (RefOf(policy.Policy), Names.Urn(input));
        foreach (var (_, built) in ancestry.Of<DatasetBuilt>())
        {
            yield return (RefOf(built), RefOf(built.Work.Tokenizer));
            foreach (var input in PlayedWith(lineage, ancestry, built.Work.Sources.Select(s => s.Generation)))
                yield return (RefOf(built), Names.Urn(input));
        }
    }

    /// <summary>The environments and policies of some generations; the model itself, which an online training may have come to before, is its own version's.</summary>
    private static IEnumerable<Reference> PlayedWith(ModelLineage lineage, IReadOnlyList<Fact> ancestry, IEnumerable<GenerationId> generations)
    {
        var played = generations.ToHashSet();
        return ancestry.Of<TrajectoryRecorded>().Where(t => played.Contains(t.Event.Generation)).SelectMany(t => t.Event.Inputs).Distinct()
            .Where(input => input.Kind is ReferenceKind.Environment or ReferenceKind.Model && input != Reference.Model(lineage.Digest));
    }

    /// <summary>What online trainings stored in their midst to play with, and no training completed.</summary>
    private static IEnumerable<IterationRequested> Policies(ModelLineage lineage, IReadOnlyList<Fact> ancestry)
    {
        var completed = ancestry.Of<TrainingCompleted>().Select(t => t.Event.Model).Append(lineage.Digest).ToHashSet();
        return ancestry.Of<IterationRequested>().Select(asked => asked.Event).Where(asked => !completed.Contains(asked.Policy)).DistinctBy(asked => asked.Policy);
    }

    /// <summary>Who asked for the run, what the gate found of this model, and what people decided about it.</summary>
    private static IEnumerable<(string, string)> Said(ModelLineage lineage)
    {
        var registered = lineage.Registration.Event;
        yield return ("run", registered.Run.ToString());
        yield return ("source", registered.Source);
        foreach (var (_, submitted) in lineage.Facts.Of<RunSubmitted>().Where(r => r.Event.Run == registered.Run))
        {
            yield return ("submittedBy", submitted.SubmittedBy);
            yield return ("pipeline", submitted.Specification.Name);
        }
        foreach (var candidate in lineage.Facts.Of<PromotionDecided>().SelectMany(d => d.Event.Candidates).Where(c => c.Model == lineage.Digest))
            foreach (var finding in candidate.Findings)
                yield return ("gate", finding);
        foreach (var decided in lineage.Facts.SelectMany(Decided))
            yield return decided;
    }

    /// <summary>Who moved an alias to this version, who agreed, and who deployed it.</summary>
    private static IEnumerable<(string, string)> Decided(Fact fact) => fact.Data switch
    {
        AliasMoved e => [("alias", e.Alias), ("alias.movedBy", e.MovedBy), ("alias.movedAt", Names.Time(fact.At)), .. Given("alias.evidence", e.Evidence?.ToString()), .. Given("alias.reason", e.Reason)],
        AliasMoveProposed e => [("alias.proposedBy", e.ProposedBy), ("alias.proposedAt", Names.Time(fact.At))],
        AliasMoveApproved e => [("alias.approvedBy", e.ApprovedBy), ("alias.approvedAt", Names.Time(fact.At)), .. Given("alias.approvalReason", e.Reason)],
        DeploymentActivated e => [("deployment", e.Deployment), ("deployment.activatedBy", e.ActivatedBy), ("deployment.activatedAt", Names.Time(fact.At)), .. Given("deployment.alias", e.Alias), .. Given("deployment.reason", e.Reason)],
        _ => [],
    };

    private static (string, string)[] Given(string name, string? value) => value is null ? [] : [(name, value)];

    private static IEnumerable<(string, string)> Trained(Fact fact, TrainingCompleted made)
    {
        var step = new PipelineStep(made.Step.Run, made.Step.Path, [fact]);
        return [.. step.Settings, .. step.Means, .. step.Figures];
    }

    private static PipelineStep StepWith(IReadOnlyList<Fact> ancestry, StepKey key) => PipelineStep.All(ancestry).First(s => s.Run == key.Run && s.Path == key.Path);

    private static (Fact Fact, TrainingCompleted Event)? TrainingOf(IReadOnlyList<Fact> ancestry, Digest model) =>
        ancestry.Of<TrainingCompleted>().LastOrDefault(t => t.Event.Model == model) is { Fact: not null } trained ? trained : null;

    private static (string Ref, object Component) Component(string reference, string type, string name, string? version = null, Digest? hash = null, object? data = null, IEnumerable<(string, string)>? properties = null) =>
        (reference, new Dictionary<string, object?>
        {
            ["type"] = type,
            ["bom-ref"] = reference,
            ["name"] = name,
            ["version"] = version,
            ["hashes"] = hash is { } digest ? Hashes(digest) : null,
            ["data"] = data is null ? null : new[] { data },
            ["properties"] = properties is null ? null : Properties(properties),
        }.Where(member => member.Value is not null).ToDictionary());

    private static object[] Properties(IEnumerable<(string Name, string Value)> properties) => [.. properties.Select(p => new { Name = $"agentops:{p.Name}", p.Value })];

    private static object[] Hashes(Digest digest) => [new { Alg = "SHA-256", Content = digest.Hex }];

    private static string RefOf(Digest model) => Names.Urn(Reference.Model(model));

    private static string RefOf(DatasetBuilt built) => Names.Urn(Reference.To(ReferenceKind.Dataset, built.Dataset));

    private static string RefOfLibrary(string name, string version) => Names.Urn("library", $"{name}@{version}");

    private static string Kind(DatasetKind kind) => JsonNamingPolicy.KebabCaseLower.ConvertName(kind.ToString());
}
