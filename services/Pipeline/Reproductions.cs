using System.Text.Json;
using AgentOps.Contracts;
using AgentOps.Hosting;

namespace AgentOps.Pipeline;

/// <summary>From where on a model's making is done again.</summary>
public enum ReproduceFrom
{
    /// <summary>The trainings, on the data sets that there are.</summary>
    Training,

    /// <summary>Everything: episodes are played and judged again, data sets built again.</summary>
    Generation,
}

/// <summary>Finds the steps of an ended run from which one of its models came.</summary>
public static class Reproductions
{
    // Of the pipeline and of all that is done again: both stand in one event, which has 64 KiB.
    private const int MostBytes = 62 << 10;

    /// <exception cref="ProblemException">The run made no such model (400), took it over as it is, or made it in more steps than a run can name (409).</exception>
    public static Reproduction Of(FinishedRun run, Digest model, ReproduceFrom from)
    {
        var plan = PipelinePlan.Of(run.Submitted).Steps;
        var made = plan.FirstOrDefault(step => run.Steps.GetValueOrDefault(step.Path)?.Output == new ModelOutput(model))
            ?? throw ProblemException.BadRequest("model-not-of-run", $"Run {run.Id} made no model {model}: GET /api/v1/runs/{run.Id} shows what it made.");
        var needed = new HashSet<string> { made.Path };
        // A step reads only what stands before it, so backwards everything that is needed is met once.
        foreach (var step in plan.Reverse().Where(step => needed.Contains(step.Path)))
            needed.UnionWith(ReadBy(step, run));
        ReproducedStep[] steps = [.. plan.Where(step => needed.Contains(step.Path)).Select(step => Reproduced(step.Path, run.Steps[step.Path], from))];
        var reproduction = new Reproduction(run.Id, model, steps);
        if (BytesOf(run.Specification) + BytesOf(reproduction) > MostBytes)
            throw new ProblemException(StatusCodes.Status409Conflict, "too-many-steps", $"Model {model} was made in {steps.Length} steps, more than one event can name, and so no run can make it again: ask for a model that an earlier round came to.");
        return steps.Any(step => step.Again) ? reproduction
            : throw new ProblemException(StatusCodes.Status409Conflict, "nothing-made", $"Model {model} was not made by run {run.Id} but taken over as it is: there is nothing to make again. Its digest says what its files are.");
    }

    private static int BytesOf<T>(T part) => JsonSerializer.SerializeToUtf8Bytes(part, EventRegistry.Json).Length;

    /// <summary>The paths whose outputs a step asks for when it makes its work.</summary>
    private static HashSet<string> ReadBy(PlannedStep step, FinishedRun run)
    {
        var read = new HashSet<string>();
        step.Work(new StepOutputs(run.Id, path =>
        {
            read.Add(path);
            return run.OutputAt(path);
        }));
        return read;
    }

    private static ReproducedStep Reproduced(string path, FinishedStep step, ReproduceFrom from) =>
        new(path, step.Output, step.Work is TrainWork or OnlineTrainWork or ScratchWork || (from is ReproduceFrom.Generation && step.Work is not ImportWork));
}
