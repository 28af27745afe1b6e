using AgentOps.Contracts;

namespace AgentOps.Pipeline;

/// <summary>The names that the file gives with <c>as</c>: unique, and none of the reserved ones.</summary>
public static class DeclaredNames
{
    public static readonly IReadOnlyList<string> Reserved = ["base", "current", "previous", "random", "expert"];

    /// <returns>Each name with the step that has it.</returns>
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
            {
                if (Reserved.Contains(name))
                    throw new PlanException(step, "as", $"'{name}' is reserved; so are {string.Join(", ", Reserved.Where(r => r != name))}.");
                if (!names.TryAdd(name, step))
                    throw new PlanException(step, "as", $"another step is already named '{name}'.");
            }

            if (step is RepeatStep repeat)
                Collect(repeat.Steps, names);
        }
    }
}
