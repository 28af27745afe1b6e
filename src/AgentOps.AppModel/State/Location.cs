using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.State;

/// <summary>Finds the solution and the state folder.</summary>
internal static class Location
{
    /// <summary>The state folder that the options, AGENTOPS_HOME or the solution's place ask for.</summary>
    public static string Home(DistributedApplicationOptions options)
    {
        if (options.Home is { } home)
        {
            return home;
        }

        return options.Ephemeral
            ? Directory.CreateTempSubdirectory("agentops-").FullName
            : Environment.GetEnvironmentVariable("AGENTOPS_HOME") is { Length: > 0 } chosen ? chosen : Path.Combine(Solution(options), ".agentops");
    }

    /// <summary>The folder of the solution. Throws <see cref="DistributedApplicationException"/> when there is none above the program or the current folder.</summary>
    public static string Solution(DistributedApplicationOptions options) =>
        options.SolutionDirectory ?? SolutionAbove(AppContext.BaseDirectory) ?? SolutionAbove(Directory.GetCurrentDirectory())
        ?? throw new DistributedApplicationException(
            $"No solution file was found above {AppContext.BaseDirectory} or {Directory.GetCurrentDirectory()}: start from inside the solution.");

    /// <summary>The nearest folder at or above the given one that holds a solution file, or null.</summary>
    public static string? SolutionAbove(string folder)
    {
        for (var current = new DirectoryInfo(folder); current is not null; current = current.Parent)
        {
            if (current.EnumerateFiles("*.sln").Any() || current.EnumerateFiles("*.slnx").Any())
            {
                return current.FullName;
            }
        }

        return null;
    }
}
