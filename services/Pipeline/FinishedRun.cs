using AgentOps.Contracts;
using AgentOps.Hosting;
using AgentOps.Ledger;

namespace AgentOps.Pipeline;

/// <summary>What a retry or a reproduction may take over from an ended run.</summary>
/// <param name="Steps">By path, those that succeeded, with the work they were asked for.</param>
public sealed record FinishedRun(RunSubmitted Submitted, IReadOnlyDictionary<string, FinishedStep> Steps)
{
    public RunId Id => Submitted.Run;

    public PipelineSpecification Specification => Submitted.Specification;

    /// <summary>What a step left; for a registered base model its digest. Null where the step did not end well.</summary>
    public StepOutput? OutputAt(string path) => Steps.TryGetValue(path, out var step) ? step.Output
        : path == PipelinePlan.BasePath && Submitted.BaseModel is { } model ? new ModelOutput(model) : null;

    /// <exception cref="ProblemException">There is no such run (404), or it is still under way (409).</exception>
    public static async Task<FinishedRun> ReadAsync(LedgerStore ledger, RunId id, CancellationToken ct)
    {
        List<IEvent> facts = [];
        await foreach (var stored in ledger.ReadStreamAsync(id.Stream(), ct: ct))
            facts.Add(stored.Data);
        return facts.Count == 0
            ? throw ProblemException.NotFound("run", id.ToString())
            : Of(facts) ?? throw new ProblemException(StatusCodes.Status409Conflict, "run-under-way", $"Run {id} is still under way; cancel it, or wait for its end.");
    }

    /// <returns>Null where the run has not ended.</returns>
    public static FinishedRun? Of(IReadOnlyList<IEvent> facts)
    {
        if (facts[^1] is not (RunSucceeded or RunFailed or RunCancelled))
            return null;
        var submitted = (RunSubmitted)facts[0];
        var works = facts.OfType<StepRequested>().GroupBy(f => f.Step.Path).ToDictionary(f => f.Key, f => f.Last().Work);
        var outputs = new Dictionary<string, StepOutput>();
        if (submitted.BaseModel is { } model)
            outputs[PipelinePlan.BasePath] = new ModelOutput(model);
        var steps = new Dictionary<string, FinishedStep>();
        foreach (var planned in PipelinePlan.Of(submitted).Steps)
        {
            if (facts.OfType<StepCompleted>().FirstOrDefault(f => f.Step.Path == planned.Path) is not { } completed)
                break;
            // A step that this run took over itself was never requested in it: its work follows from the outputs before it.
            var work = works.GetValueOrDefault(planned.Path) ?? planned.Work(new StepOutputs(submitted.Run, outputs.GetValueOrDefault));
            steps[planned.Path] = new FinishedStep(work, completed.Output);
            outputs[planned.Path] = completed.Output;
        }

        return new FinishedRun(submitted, steps);
    }
}
