namespace Aspire.Hosting.ApplicationModel;

/// <summary>What a callback gets that fills a process's environment; values are strings or <see cref="IValueProvider"/>s.</summary>
public sealed class EnvironmentCallbackContext(IResource resource, CancellationToken cancellationToken = default)
{
    /// <summary>The resource whose environment is being made.</summary>
    public IResource Resource { get; } = resource;

    /// <summary>The variables so far; a later callback sees and may change what an earlier one set.</summary>
    public Dictionary<string, object> EnvironmentVariables { get; } = new(StringComparer.Ordinal);

    /// <summary>Cancelled when the start is given up.</summary>
    public CancellationToken CancellationToken { get; } = cancellationToken;
}

/// <summary>Fills the environment each time the process is started.</summary>
public sealed record EnvironmentCallbackAnnotation(Func<EnvironmentCallbackContext, Task> Callback) : IResourceAnnotation;

/// <summary>Arguments appended to the command line, strings or <see cref="IValueProvider"/>s.</summary>
public sealed record CommandLineArgsAnnotation(IReadOnlyList<object> Arguments) : IResourceAnnotation;

/// <summary>What a waiting resource waits for.</summary>
public enum WaitType
{
    /// <summary>Until the other one is running and healthy.</summary>
    WaitUntilHealthy,

    /// <summary>Until the other one has ended with exit code 0.</summary>
    WaitForCompletion,
}

/// <summary>The resource starts only after another one is ready.</summary>
public sealed record WaitAnnotation(IResource Resource, WaitType WaitType) : IResourceAnnotation;

/// <summary>How many equal processes run for the resource.</summary>
public sealed record ReplicaAnnotation(int Replicas) : IResourceAnnotation;

/// <summary>The resource is healthy when this path of the endpoint answers with status 200.</summary>
public sealed record HttpHealthCheckAnnotation(string Path, string EndpointName) : IResourceAnnotation;

/// <summary>The resource is not started with the application but when it is asked for by name.</summary>
public sealed record ExplicitStartupAnnotation : IResourceAnnotation;

/// <summary>The resource needs these programs or libraries on the machine.</summary>
public sealed record PrerequisiteAnnotation(IReadOnlyList<AgentOps.AppModel.Prerequisite> Prerequisites) : IResourceAnnotation;

/// <summary>The resource's addresses are named to the user once everything is up.</summary>
public sealed record ExternalEndpointsAnnotation : IResourceAnnotation;
