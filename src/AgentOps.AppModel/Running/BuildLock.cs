using AgentOps.AppModel.State;

namespace AgentOps.AppModel.Running;

/// <summary>Lets one stack at a time build the projects of a solution, since two builds write the same files.</summary>
internal static class BuildLock
{
    /// <summary>Waits for its turn and holds it until disposed.</summary>
    public static async Task<IDisposable> TakeAsync(string projectPath, StackOutput output, CancellationToken cancellationToken)
    {
        var root = Location.SolutionAbove(Path.GetDirectoryName(projectPath)!) ?? Path.GetDirectoryName(projectPath)!;
        var folder = Directory.CreateDirectory(Path.Combine(root, "artifacts")).FullName;
        for (var told = false; ; told = true)
        {
            if (FileLock.TryTake(Path.Combine(folder, ".agentops-build.lock")) is { } held)
            {
                return held;
            }

            if (!told)
            {
                output.Line("build", $"waits for another build in {root}");
            }

            await Task.Delay(200, cancellationToken);
        }
    }
}
