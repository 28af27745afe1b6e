using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Exports;

/// <param name="Position">Of the ledger's event that it says.</param>
/// <param name="Json">A RunEvent, on one line.</param>
public sealed record OpenLineageEvent(long Position, string Json);

/// <summary>
/// Runs as OpenLineage 2-0-2 tells them (openlineage.io/spec/2-0-2/OpenLineage.json): the pipeline's run, and below it one for each attempt at each step, by the parent facet.
/// Each has one START and one of COMPLETE, FAIL and ABORT; a step that a retry took over did not run again and has none. Models are data sets; what has a digest is named by it or has it as its version.
/// </summary>
public static class OpenLineage
{
    public const string DefaultNamespace = "agentops";
    private const string Schema = "https://openlineage.io/spec/2-0-2/OpenLineage.json#/$defs/RunEvent";

    /// <summary>The runs of a lineage, each with the steps that belong to it.</summary>
    /// <param name="jobs">The namespace of jobs and data sets.</param>
    /// <returns>NDJSON, in order of time.</returns>
    public static string Write(ModelLineage lineage, string jobs = DefaultNamespace)
    {
        var runs = lineage.Facts.Of<RunSubmitted>().Select(submitted => submitted.Event.Run.Stream()).ToHashSet(StringComparer.Ordinal);
        var work = lineage.Facts.Where(fact => !runs.Contains(fact.Stream)).ToList();
        var steps = PipelineStep.All(work).Select(step => (step.Run, step.Path)).ToHashSet();
        var events = lineage.Facts.Where(fact => runs.Contains(fact.Stream) && (StepOf(fact.Data) is not { } key || steps.Contains((key.Run, key.Path))))
            .GroupBy(fact => fact.Stream).SelectMany(run => Of([.. run], work, jobs)).OrderBy(e => e.Position);
        return string.Concat(events.Select(e => e.Json + "\n"));
    }

    /// <summary>What a run's events say, in their order.</summary>
    /// <param name="run">The run's stream from its beginning; to where it is known.</param>
    /// <param name="work">What the services recorded of its steps, as far as it is wanted in the facets.</param>
    public static IEnumerable<OpenLineageEvent> Of(IReadOnlyList<Fact> run, IReadOnlyList<Fact> work, string jobs = DefaultNamespace)
    {
        if (run is not [{ Data: RunSubmitted submitted }, ..])
            throw new ArgumentException("A run's stream begins with its submission.", nameof(run));
        var writer = new RunWriter(submitted, jobs, PipelineStep.All([.. run, .. work]).ToDictionary(step => (step.Run, step.Path)));
        return run.SelectMany(writer.Say);
    }

    private static StepKey? StepOf(IEvent data) => data switch
    {
        StepRequested e => e.Step,
        StepCompleted e => e.Step,
        StepFailed e => e.Step,
        _ => null,
    };

    private sealed class RunWriter(RunSubmitted submitted, string jobs, Dictionary<(RunId, string), PipelineStep> steps)
    {
        private readonly OpenLineageFacets _facets = new(jobs);

        // The attempts that began and have not ended.
        private readonly List<StepRequested> _open = [];
        private bool _over;

        public IEnumerable<OpenLineageEvent> Say(Fact fact) => fact.Data switch
        {
            _ when _over => [],
            RunSubmitted => [Pipeline(fact, "START")],
            StepRequested e => [Begin(fact, e)],
            StepCompleted e when Take(e.Step) is { } asked => [Complete(fact, asked, e.Output)],
            StepFailed e when Take(e.Step) is { } asked => [Step(fact, "FAIL", asked, OpenLineageFacets.Error(fact, e.Reason))],
            RunSucceeded => [.. End(fact), Pipeline(fact, "COMPLETE")],
            RunFailed e => [.. End(fact), Pipeline(fact, "FAIL", OpenLineageFacets.Error(fact, $"{e.Path}: {e.Reason}"))],
            RunCancelled e => [.. End(fact), Pipeline(fact, "ABORT", OpenLineageFacets.Error(fact, e.Reason))],
            _ => [],
        };

        private OpenLineageEvent Begin(Fact fact, StepRequested asked)
        {
            _open.Add(asked);
            return Step(fact, "START", asked);
        }

        private OpenLineageEvent Complete(Fact fact, StepRequested asked, StepOutput output)
        {
            var step = steps[(asked.Step.Run, asked.Step.Path)];
            return Step(fact, "COMPLETE", asked, OpenLineageFacets.Found(fact, step), _facets.Outputs(fact, output, step));
        }

        private StepRequested? Take(StepKey step)
        {
            var asked = _open.Find(open => open.Step == step);
            _open.RemoveAll(open => open.Step == step);
            return asked;
        }

        /// <summary>A run that is over has nothing under way.</summary>
        private List<OpenLineageEvent> End(Fact fact)
        {
            _over = true;
            var aborted = _open.Select(asked => Step(fact, "ABORT", asked)).ToList();
            return aborted;
        }

        private OpenLineageEvent Pipeline(Fact fact, string type, Dictionary<string, object>? further = null)
        {
            var specification = submitted.Specification;
            Dictionary<string, object> facets = new(further ?? []) { ["executionParameters"] = OpenLineageFacets.Parameters(fact, [("name", specification.Name), ("seed", specification.Seed.ToString()), ("environment", specification.Environment)]) };
            return Event(fact, type, submitted.Run.Value, facets, specification.Name, "PIPELINE", submitted.BaseModel is { } model ? [_facets.Model(fact, model)] : [], []);
        }

        private OpenLineageEvent Step(Fact fact, string type, StepRequested asked, Dictionary<string, object>? further = null, IReadOnlyList<object>? outputs = null)
        {
            var key = asked.Step;
            Dictionary<string, object> facets = new(further ?? [])
            {
                ["parent"] = _facets.Parent(fact, key.Run, submitted.Specification.Name),
                ["executionParameters"] = OpenLineageFacets.Parameters(fact, [("attempt", key.Attempt.ToString()), .. new PipelineStep(key.Run, key.Path, [fact with { Data = asked }]).Settings]),
            };
            var run = NameBasedGuid.Of("openlineage", key.Run.ToString(), key.Path, key.Attempt.ToString());
            return Event(fact, type, run, facets, $"{submitted.Specification.Name}.{key.Path}", "STEP", _facets.Inputs(fact, asked.Work), outputs ?? []);
        }

        private OpenLineageEvent Event(Fact fact, string type, Guid run, Dictionary<string, object> facets, string job, string jobType, IReadOnlyList<object> inputs, IReadOnlyList<object> outputs) => new(fact.Position, JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["eventType"] = type,
            ["eventTime"] = Names.Time(fact.At),
            ["producer"] = OpenLineageFacets.Producer(fact),
            ["schemaURL"] = Schema,
            ["run"] = new { RunId = run, Facets = facets },
            ["job"] = new { Namespace = jobs, Name = job, Facets = OpenLineageFacets.Job(fact, jobType, submitted.SubmittedBy) },
            ["inputs"] = inputs,
            ["outputs"] = outputs,
        }, Documents.Compact));
    }
}
