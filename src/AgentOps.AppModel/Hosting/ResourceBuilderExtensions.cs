using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Says how resources depend on each other and when they are ready.</summary>
public static class ResourceBuilderExtensions
{
    /// <summary>Adds a fact to the resource.</summary>
    public static IResourceBuilder<T> WithAnnotation<T>(this IResourceBuilder<T> builder, IResourceAnnotation annotation) where T : IResource
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.Resource.Annotations.Add(annotation);
        return builder;
    }

    /// <summary>Hands the process a connection string as <c>ConnectionStrings__name</c>.</summary>
    public static IResourceBuilder<T> WithReference<T>(
        this IResourceBuilder<T> builder, IResourceBuilder<IResourceWithConnectionString> source, string? connectionName = null)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(source);
        return builder.WithEnvironment(context =>
            context.EnvironmentVariables[$"ConnectionStrings__{connectionName ?? source.Resource.Name}"] = source.Resource);
    }

    /// <summary>Hands the process the addresses of another one as <c>services__name__endpoint__0</c> …, one for each replica.</summary>
    public static IResourceBuilder<T> WithReference<T>(
        this IResourceBuilder<T> builder, IResourceBuilder<IResourceWithServiceDiscovery> source)
        where T : IResourceWithEnvironment
    {
        ArgumentNullException.ThrowIfNull(source);
        return builder.WithEnvironment(context =>
        {
            var other = source.Resource;
            foreach (var endpoint in other.Annotations.OfType<EndpointAnnotation>())
            {
                for (var replica = 0; replica < other.GetReplicaCount(); replica++)
                {
                    context.EnvironmentVariables[$"services__{other.Name}__{endpoint.Name}__{replica}"] = new EndpointReference(other, endpoint.Name, replica);
                }
            }
        });
    }

    /// <summary>Starts the resource only when the other one is running and healthy.</summary>
    public static IResourceBuilder<T> WaitFor<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency) where T : IResourceWithWaitSupport
    {
        ArgumentNullException.ThrowIfNull(dependency);
        return builder.WithAnnotation(new WaitAnnotation(dependency.Resource, WaitType.WaitUntilHealthy));
    }

    /// <summary>Starts the resource only when the other one has run to its end with exit code 0.</summary>
    public static IResourceBuilder<T> WaitForCompletion<T>(this IResourceBuilder<T> builder, IResourceBuilder<IResource> dependency) where T : IResourceWithWaitSupport
    {
        ArgumentNullException.ThrowIfNull(dependency);
        return builder.WithAnnotation(new WaitAnnotation(dependency.Resource, WaitType.WaitForCompletion));
    }

    /// <summary>
    /// Lets the resource listen on a loopback port: the given one, a free one, or the one in a variable of the user's environment.
    /// <paramref name="env"/> names the variable that tells the process its port. Throws <see cref="DistributedApplicationException"/> when
    /// the user's variable holds no port.
    /// </summary>
    public static IResourceBuilder<T> WithHttpEndpoint<T>(
        this IResourceBuilder<T> builder, int? port = null, string name = "http", string? env = null, string? portVariable = null)
        where T : IResourceWithEndpoints =>
        builder.WithAnnotation(new EndpointAnnotation(name, "http", ChosenPort(portVariable) ?? port, env) { PortVariable = portVariable });

    /// <summary>A reference to one of the resource's endpoints.</summary>
    public static EndpointReference GetEndpoint<T>(this IResourceBuilder<T> builder, string name) where T : IResourceWithEndpoints
    {
        ArgumentNullException.ThrowIfNull(builder);
        return new EndpointReference(builder.Resource, name);
    }

    /// <summary>Calls the resource healthy when a path of its endpoint answers with status 200.</summary>
    public static IResourceBuilder<T> WithHttpHealthCheck<T>(this IResourceBuilder<T> builder, string path = "/health", string endpointName = "http")
        where T : IResourceWithEndpoints =>
        builder.WithAnnotation(new HttpHealthCheckAnnotation(path, endpointName));

    /// <summary>Names the address to the user once everything is up.</summary>
    public static IResourceBuilder<T> WithExternalHttpEndpoints<T>(this IResourceBuilder<T> builder) where T : IResourceWithEndpoints =>
        builder.WithAnnotation(new ExternalEndpointsAnnotation());

    /// <summary>Leaves the resource out of the start; <see cref="DistributedApplication.RunAttachedAsync"/> runs it.</summary>
    public static IResourceBuilder<T> WithExplicitStart<T>(this IResourceBuilder<T> builder) where T : IResource =>
        builder.WithAnnotation(new ExplicitStartupAnnotation());

    /// <summary>Says what the resource needs on the machine.</summary>
    public static IResourceBuilder<T> WithPrerequisites<T>(this IResourceBuilder<T> builder, params AgentOps.AppModel.Prerequisite[] prerequisites) where T : IResource =>
        builder.WithAnnotation(new PrerequisiteAnnotation(prerequisites));

    private static int? ChosenPort(string? variable)
    {
        if (variable is null || Environment.GetEnvironmentVariable(variable) is not { Length: > 0 } text)
        {
            return null;
        }

        return int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out var port) && port is > 0 and <= 65535
            ? port
            : throw new DistributedApplicationException($"{variable} is '{text}', which is no port: set it to a number from 1 to 65535.");
    }
}
