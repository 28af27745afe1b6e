using AgentOps.Contracts;

namespace AgentOps.Pipeline;

/// <summary>A step names something that is not there or may not be used so.</summary>
/// <param name="item">The place in the key's list, where it is one.</param>
public sealed class PlanException(StepSpecification step, string key, string reason, int? item = null) : Exception(reason)
{
    public StepSpecification Step { get; } = step;

    public string Key { get; } = key;

    public int? Item { get; } = item;
}

/// <summary>One piece of work of the run, in the order of <see cref="PipelinePlan.Steps"/>.</summary>
/// <param name="Path">Where the step stands: <c>base</c>, <c>3.train</c>, <c>3.train.dataset</c>, <c>5.repeat[2].judge</c>.</param>
/// <param name="Kind">What the step is called in the file; <c>base</c> and <c>dataset</c> for what the plan adds.</param>
/// <param name="Work">The work, once the outputs of all steps before it are there.</param>
public sealed record PlannedStep(string Path, string Kind, string? Name, TimeSpan Deadline, int Attempts, Func<StepOutputs, StepWork> Work);

/// <summary>What the finished steps left.</summary>
/// <param name="At">By path; null where the step has not ended.</param>
public sealed record StepOutputs(RunId Run, Func<string, StepOutput?> At)
{
    /// <summary>Of a training or of an evaluation that kept one.</summary>
    public Digest Model(string path) => At(path)?.Gives ?? throw Disagree("model", path);

    public GenerationId Generation(string path) => Of<GenerationOutput>(path).Generation;

    public JudgementId Judgement(string path) => Of<JudgementOutput>(path).Judgement;

    public DatasetOutput Dataset(string path) => Of<DatasetOutput>(path);

    public EvaluationId Evaluation(string path) => Of<EvaluationOutput>(path).Evaluation;

    private T Of<T>(string path) where T : StepOutput => At(path) is T output
        ? output
        : throw Disagree(typeof(T).Name, path);

    private InvalidOperationException Disagree(string what, string path) => new($"Run {Run} has no {what} of step {path}: its plan and its events disagree.");
}

/// <summary>A specification unrolled into its pieces of work, one after the other, with every name resolved to the step that gives it.</summary>
/// <param name="Objections">Why a new file with these steps is refused; the plan of a run that was submitted before such a rule stands all the same.</param>
public sealed record PipelinePlan(IReadOnlyList<PlannedStep> Steps, IReadOnlyList<PlanException> Objections)
{
    public const string BasePath = "base";
    public const int MaxSteps = 200;

    /// <summary>The plan of a submitted run: all steps of its specification, or those of the reproduction that it is.</summary>
    public static PipelinePlan Of(RunSubmitted submitted)
    {
        var plan = Of(submitted.Specification);
        if (submitted.Reproduces is not { } again)
            return plan;
        var paths = again.Steps.Select(step => step.Path).ToHashSet();
        return plan with { Steps = [.. plan.Steps.Where(step => paths.Contains(step.Path))] };
    }

    /// <exception cref="PlanException">A name is unknown, used twice or of the wrong kind, or the steps are too many.</exception>
    public static PipelinePlan Of(PipelineSpecification specification)
    {
        Count(specification.Steps);
        var planner = new Planner(specification, DeclaredNames.Of(specification.Steps));
        planner.Base();
        Unroll(specification.Steps, "", planner);
        return new PipelinePlan(planner.Steps, planner.Objections);
    }

    /// <returns>How many steps these are once unrolled.</returns>
    private static long Count(IReadOnlyList<StepSpecification> steps)
    {
        var count = 0L;
        foreach (var step in steps)
        {
            count += step is RepeatStep repeat ? repeat.Times * Count(repeat.Steps) : 1;
            if (count > MaxSteps)
                throw new PlanException(step, step is RepeatStep ? "times" : Planner.KindOf(step), $"with its repeats unrolled the pipeline has more than {MaxSteps} steps.");
        }

        return count;
    }

    private static void Unroll(IReadOnlyList<StepSpecification> steps, string prefix, Planner planner)
    {
        for (var i = 0; i < steps.Count; i++)
        {
            var path = Path(steps, i, prefix);
            if (steps[i] is RepeatStep repeat)
                for (var time = 1; time <= repeat.Times; time++)
                    Unroll(repeat.Steps, $"{path}[{time}].", planner);
            else
                planner.Add(steps[i], path);
        }
    }

    /// <summary>A step's position and kind; inside a repeat the kind alone, where no other step of the repeat has it.</summary>
    private static string Path(IReadOnlyList<StepSpecification> steps, int index, string prefix)
    {
        var kind = Planner.KindOf(steps[index]);
        var alone = prefix.Length > 0 && steps.Count(s => Planner.KindOf(s) == kind) == 1;
        return alone ? prefix + kind : $"{prefix}{index + 1}.{kind}";
    }
}
