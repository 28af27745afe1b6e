using AgentOps.Contracts;

namespace AgentOps.Pipeline;

/// <summary>The names that the file gives: with <c>as</c> to one step; with <c>keep</c> to the best model so far, which several evaluations may choose anew. None is a reserved one.</summary>
public static class DeclaredNames
{
    public static readonly IReadOnlyList<string> Reserved = ["base", "current", "previous", "random", "expert"];

    /// <returns>Each name with the step that has it, or that keeps a model as it first.</returns>
    /// <exception cref="PlanException">A name is reserved or stands twice.</exception>
    public static IReadOnlyDictionary<string, StepSpecification> Of(IReadOnlyList<StepSpecification> steps)
    {
        var names = new Dictionary<string, StepSpecification>();
        Collect(steps, names);
        return names;
    }

    private static void Collect(IReadOnlyList<StepSpecification> steps, Dictionary<string, StepSpecification> names)
    {
        foreach (var step in steps)
        {
            if (step.As is { } name)
                Add(step, "as", name, names);
            if (step is EvaluateStep { Keep: { } kept } && !Keeps(names.GetValueOrDefault(kept), kept))
                Add(step, "keep", kept, names);
            if (step is RepeatStep repeat)
                Collect(repeat.Steps, names);
        }
    }

    private static void Add(StepSpecification step, string key, string name, Dictionary<string, StepSpecification> names)
    {
        if (Reserved.Contains(name))
            throw new PlanException(step, key, $"'{name}' is reserved; so are {string.Join(", ", Reserved.Where(r => r != name))}.");
        if (!names.TryAdd(name, step))
            throw new PlanException(step, key,
                Keeps(names[name], name) ? $"'{name}' is already what an evaluate step keeps its best model as."
                : ReferenceEquals(names[name], step) ? $"this step itself is named '{name}', and so would be the model that it keeps."
                : $"another step is already named '{name}'.");
    }

    private static bool Keeps(StepSpecification? step, string name) => step is EvaluateStep evaluate && evaluate.Keep == name && evaluate.As != name;
}
