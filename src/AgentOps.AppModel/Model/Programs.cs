namespace Aspire.Hosting.ApplicationModel;

/// <summary>A .NET project: built, then run as <c>dotnet its.dll</c>.</summary>
public sealed class ProjectResource(string name, string projectPath)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport
{
    /// <summary>The full path of the project file.</summary>
    public string ProjectPath { get; } = projectPath;
}

/// <summary>Any program.</summary>
public sealed class ExecutableResource(string name, string command, string workingDirectory)
    : Resource(name), IResourceWithEnvironment, IResourceWithArgs, IResourceWithServiceDiscovery, IResourceWithWaitSupport
{
    /// <summary>The program, a path or a name found on PATH.</summary>
    public string Command { get; } = command;

    /// <summary>The folder it is started in.</summary>
    public string WorkingDirectory { get; } = workingDirectory;
}
