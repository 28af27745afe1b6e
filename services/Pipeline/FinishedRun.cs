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

    /// <exception cref="ProblemException">There is no such run (404), it is still under way, or its files or those of a run that it took over from were deleted (409).</exception>
    public static async Task<FinishedRun> ReadAsync(LedgerStore ledger, RunId id, CancellationToken ct)
    {
        List<IEvent> facts = [];
        await foreach (var stored in ledger.ReadStreamAsync(id.Stream(), ct: ct))
            facts.Add(stored.Data);
        await RefuseDeletedAsync(ledger, facts, ct);
        return facts.Count == 0
            ? throw ProblemException.NotFound("run", id.ToString())
            : Of(facts) ?? throw new ProblemException(StatusCodes.Status409Conflict, "run-under-way", $"Run {id} is still under way; cancel it, or wait for its end.");
    }

    private static async Task RefuseDeletedAsync(LedgerStore ledger, IReadOnlyList<IEvent> facts, CancellationToken ct)
    {
        for (var from = facts is [RunSubmitted first, ..] ? first : null; from is not null; from = (from.RetryOf ?? from.Reproduces?.Run) is { } before ? await SubmittedAsync(ledger, before, ct) : null)
            if (await ledger.ReadStreamAsync(from.Run.DeletionStream(), ct: ct).LastOrDefaultAsync(ct) is { Data: not DeletionRefused } deletion)
                throw new ProblemException(StatusCodes.Status409Conflict, "files-deleted", $"The files of run {from.Run} were given up for deletion at {deletion.At:u}: submit its file as a new run.");
    }

    private static async Task<RunSubmitted?> SubmittedAsync(LedgerStore ledger, RunId run, CancellationToken ct) =>
        (await ledger.ReadStreamAsync(run.Stream(), ct: ct).FirstOrDefaultAsync(ct))?.Data as RunSubmitted;

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
