using AgentOps.AppModel;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>What the annotations of a resource say.</summary>
public static class ResourceExtensions
{
    /// <summary>How many processes run for the resource, 1 unless said otherwise.</summary>
    public static int GetReplicaCount(this IResource resource) =>
        resource.Annotations.OfType<ReplicaAnnotation>().LastOrDefault()?.Replicas ?? 1;

    /// <summary>
    /// The environment that the annotations give the resource, every value resolved.
    /// Throws <see cref="DistributedApplicationException"/> when a value is not known yet.
    /// </summary>
    public static async ValueTask<Dictionary<string, string>> GetEnvironmentVariableValuesAsync(
        this IResourceWithEnvironment resource, CancellationToken cancellationToken = default)
    {
        var context = new EnvironmentCallbackContext(resource, cancellationToken);
        foreach (var annotation in resource.Annotations.OfType<EnvironmentCallbackAnnotation>())
        {
            await annotation.Callback(context);
        }

        var values = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var (name, value) in context.EnvironmentVariables)
        {
            if (await ResolveAsync(value, cancellationToken) is { } text)
            {
                values[name] = text;
            }
        }

        return values;
    }

    /// <summary>The command line arguments of the resource, every value resolved.</summary>
    public static async ValueTask<IReadOnlyList<string>> GetArgumentValuesAsync(
        this IResourceWithArgs resource, CancellationToken cancellationToken = default)
    {
        var values = new List<string>();
        foreach (var argument in resource.Annotations.OfType<CommandLineArgsAnnotation>().SelectMany(a => a.Arguments))
        {
            if (await ResolveAsync(argument, cancellationToken) is { } text)
            {
                values.Add(text);
            }
        }

        return values;
    }

    private static ValueTask<string?> ResolveAsync(object value, CancellationToken cancellationToken) => value switch
    {
        IValueProvider provider => provider.GetValueAsync(cancellationToken),
        _ => new(Convert.ToString(value, System.Globalization.CultureInfo.InvariantCulture)),
    };
}
