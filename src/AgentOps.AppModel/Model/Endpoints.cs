using AgentOps.AppModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>An endpoint that a resource listens on; its ports are decided when the application starts.</summary>
public sealed class EndpointAnnotation(string name, string uriScheme = "http", int? port = null, string? environmentVariable = null) : IResourceAnnotation
{
    /// <summary>The endpoint's name within its resource, <c>http</c> by default.</summary>
    public string Name { get; } = name;

    /// <summary>The scheme of the endpoint's address.</summary>
    public string UriScheme { get; } = uriScheme;

    /// <summary>The port asked for, or null when any free one will do.</summary>
    public int? Port { get; } = port;

    /// <summary>The variable that tells the process its port, or null.</summary>
    public string? EnvironmentVariable { get; } = environmentVariable;

    /// <summary>The variable with which the user chooses the port, named when it is taken; or null.</summary>
    public string? PortVariable { get; set; }

    /// <summary>One port for each replica; empty before the application starts.</summary>
    public IReadOnlyList<int> AllocatedPorts { get; set; } = [];
}

/// <summary>A reference to an endpoint whose address is known once the application starts.</summary>
public sealed class EndpointReference(IResourceWithEndpoints resource, string endpointName, int replica = 0) : IValueProvider
{
    /// <summary>The resource that listens.</summary>
    public IResourceWithEndpoints Resource { get; } = resource;

    /// <summary>The endpoint's name.</summary>
    public string EndpointName { get; } = endpointName;

    /// <summary>True once the port is decided.</summary>
    public bool IsAllocated => Annotation.AllocatedPorts.Count > replica;

    /// <summary>The port on the loopback interface. Throws <see cref="DistributedApplicationException"/> before it is decided.</summary>
    public int Port => IsAllocated
        ? Annotation.AllocatedPorts[replica]
        : throw new DistributedApplicationException(
            $"The endpoint '{EndpointName}' of '{Resource.Name}' has no address yet: ask for it after the application has started.");

    /// <summary>The address, such as <c>http://127.0.0.1:20480</c>. Throws <see cref="DistributedApplicationException"/> before it is decided.</summary>
    public string Url => $"{Annotation.UriScheme}://{Loopback.Address}:{Port}";

    private EndpointAnnotation Annotation => Resource.Annotations.OfType<EndpointAnnotation>().FirstOrDefault(e => e.Name == EndpointName)
        ?? throw new DistributedApplicationException(
            $"The resource '{Resource.Name}' has no endpoint '{EndpointName}': add it with WithHttpEndpoint.");

    /// <inheritdoc/>
    public ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default) => new(Url);
}
