using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Exports;

/// <summary>
/// A lineage as W3C PROV in PROV-JSON (Member Submission 2013-04-24): steps of runs are activities; models, data sets, trajectories, judgements, evaluations and files are entities; persons and services are agents, a service on behalf of whoever submitted the run. What an alias points at and a deployment are attributed to whoever moved, approved or activated it.
/// Of several steps that came to the same bytes the first generated the entity and the others influenced it, since PROV knows one generation of an entity (PROV-CONSTRAINTS, constraint 24).
/// </summary>
public static class ProvJson
{
    /// <returns>PROV-JSON; the same facts give the same document.</returns>
    public static string Write(ModelLineage lineage)
    {
        var document = new ProvRecords();
        foreach (var (fact, registered) in lineage.Facts.Of<ModelVersionRegistered>())
            document.Entity(ModelEvents.Version(registered.Model, registered.Version), ("ao:digest", registered.Digest.ToString()), ("ao:source", registered.Source));
        foreach (var (_, built) in lineage.Facts.Of<DatasetBuilt>())
            document.Entity(Reference.To(ReferenceKind.Dataset, built.Dataset), ("ao:digest", built.Data.ToString()), ("ao:members", built.Members.ToString()), ("ao:membersRoot", built.MembersRoot?.ToString()));
        foreach (var (_, played) in lineage.Facts.Of<TrajectoryRecorded>())
            Trajectory(document, played);
        foreach (var submitted in lineage.Facts.Of<RunSubmitted>())
            Run(document, submitted.Fact, submitted.Event, lineage.Facts);
        foreach (var fact in lineage.Facts.Where(fact => fact.Data is ModelVersionRegistered))
            Registry(document, fact);
        ProvDecisions.Write(document, lineage.Facts);
        var submitters = lineage.Facts.Of<RunSubmitted>().DistinctBy(f => f.Event.Run).ToDictionary(f => f.Event.Run, f => f.Event.SubmittedBy);
        foreach (var step in PipelineStep.All(lineage.Facts))
            Step(document, step, submitters.GetValueOrDefault(step.Run));
        return JsonSerializer.Serialize(document.ToDocument(), Documents.Indented);
    }

    private static void Trajectory(ProvRecords document, TrajectoryRecorded played)
    {
        var trajectory = Reference.To(ReferenceKind.Trajectory, played.Trajectory);
        document.Entity(trajectory, ("ao:task", played.Task), ("ao:seed", played.Seed), ("ao:outcome", played.Outcome.ToString().ToLowerInvariant()), ("ao:reward", played.Reward), ("ao:environment", played.Environment));
        document.Member(Reference.To(ReferenceKind.Generation, played.Generation), trajectory);
    }

    private static void Run(ProvRecords document, Fact fact, RunSubmitted submitted, IReadOnlyList<Fact> facts)
    {
        var end = facts.FirstOrDefault(f => f.Data is RunSucceeded or RunFailed or RunCancelled && f.Stream == fact.Stream);
        var run = document.Activity("run", submitted.Run.ToString(), fact.At, end?.At, ("ao:pipeline", submitted.Specification.Name), ("ao:seed", submitted.Specification.Seed));
        document.Associate(run, document.Person(submitted.SubmittedBy));
        if (submitted.BaseModel is { } model)
            document.Used(run, Reference.Model(model), fact.At);
        foreach (var earlier in new[] { submitted.RetryOf, submitted.Reproduces?.Run }.OfType<RunId>())
            document.Informed(run, document.Activity("run", earlier.ToString(), null, null));
    }

    private static void Step(ProvRecords document, PipelineStep step, string? submitter)
    {
        var activity = document.Activity("step", $"{step.Run}/{step.Path}", step.Facts[0].At, Ended(step)?.At, Attributes(step));
        document.Informed(activity, document.Activity("run", step.Run.ToString(), null, null));
        foreach (var service in step.Facts.Select(fact => fact.Service).Distinct())
        {
            document.Associate(activity, document.Service(service));
            if (submitter is not null)
                document.ActsFor(document.Service(service), document.Person(submitter), activity);
        }
        var made = step.Facts.SelectMany(fact => fact.Data.Outputs).ToHashSet();
        foreach (var fact in step.Facts)
            foreach (var input in fact.Data.Inputs.Where(input => !made.Contains(input)))
                document.Used(activity, input, fact.At);
        // What several facts add to, such as a generation, is whole with the last of them.
        foreach (var output in step.Facts.SelectMany(fact => fact.Data.Outputs.Select(output => (output, fact.At))).GroupBy(made => made.output, made => made.At))
            document.Generated(output.Key, activity, output.Max());
    }

    private static (string, object?)[] Attributes(PipelineStep step) =>
    [
        .. step.Settings.Concat(step.Means).Concat(step.Figures).GroupBy(detail => detail.Name, detail => detail.Value)
            .Select(detail => ($"ao:{ProvRecords.Local(detail.Key)}", (object?)(detail.Count() == 1 ? detail.First() : detail.ToArray()))),
    ];

    private static Fact? Ended(PipelineStep step) => step.Facts.LastOrDefault(fact =>
        fact.Data is StepCompleted or StepFailed or GenerationCompleted or JudgementCompleted or ComparisonCompleted or DatasetBuilt or TrainingCompleted or EvaluationCompleted or PromotionDecided);

    /// <returns>The activity.</returns>
    internal static string Registry(ProvRecords document, Fact fact, params ReadOnlySpan<(string, object?)> attributes)
    {
        var activity = document.Activity("event", fact.Position.ToString(), fact.At, fact.At, [("ao:type", fact.Type), .. attributes]);
        document.Associate(activity, document.Service(fact.Service));
        foreach (var input in fact.Data.Inputs)
            document.Used(activity, input, fact.At);
        foreach (var output in fact.Data.Outputs)
            document.Generated(output, activity, fact.At);
        return activity;
    }
}
