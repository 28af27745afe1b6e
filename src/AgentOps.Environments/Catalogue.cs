namespace AgentOps.Environments;

/// <summary>The environments that agents can be trained and measured in.</summary>
public static class Catalogue
{
    public static IReadOnlyList<EnvironmentInfo> All { get; } = [Maze.Info, Household.Info, Instructions.Info, Negatives.Info, Crew.Info];

    /// <exception cref="UnknownEnvironmentException">No environment has the name.</exception>
    public static EnvironmentInfo Find(string name) => All.FirstOrDefault(info => info.Name == name)
        ?? throw new UnknownEnvironmentException($"There is no environment '{ActionText.Excerpt(name)}'; there are {string.Join(", ", All.Select(info => info.Name))}.");

    /// <summary>The roles of an environment; none where it has one agent, or is gone: none with roles ever was.</summary>
    public static IReadOnlyList<string> RolesOf(string name) => All.FirstOrDefault(info => info.Name == name)?.Roles ?? [];
}

/// <summary>A name that is not in the <see cref="Catalogue"/>.</summary>
public sealed class UnknownEnvironmentException(string message) : Exception(message);
