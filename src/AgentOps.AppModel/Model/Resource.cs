using System.Collections.ObjectModel;
using System.Text.RegularExpressions;

namespace Aspire.Hosting.ApplicationModel;

/// <summary>A fact attached to a resource; the runner reads it, the resource itself does nothing.</summary>
public interface IResourceAnnotation;

/// <summary>The annotations of one resource, in the order in which they were added.</summary>
public sealed class ResourceAnnotationCollection : Collection<IResourceAnnotation>;

/// <summary>One part of the application: inert data with a name that is its identity.</summary>
public interface IResource
{
    /// <summary>Lower-case letters, digits and hyphens, starting with a letter, at most 64 characters.</summary>
    string Name { get; }

    /// <summary>Everything that is known about the resource beyond its type.</summary>
    ResourceAnnotationCollection Annotations { get; }
}

/// <summary>A value that is known only while the application starts, such as an address or a password.</summary>
public interface IValueProvider
{
    /// <summary>The value, or null where there is none. Throws <see cref="DistributedApplicationException"/> when it is asked for too early.</summary>
    ValueTask<string?> GetValueAsync(CancellationToken cancellationToken = default);
}

/// <summary>A resource whose process takes environment variables.</summary>
public interface IResourceWithEnvironment : IResource;

/// <summary>A resource whose process takes command line arguments.</summary>
public interface IResourceWithArgs : IResource;

/// <summary>A resource that listens on named endpoints.</summary>
public interface IResourceWithEndpoints : IResource;

/// <summary>A resource that others find by name (<c>services__name__http__0</c>).</summary>
public interface IResourceWithServiceDiscovery : IResourceWithEndpoints;

/// <summary>A resource that can wait for others before it starts.</summary>
public interface IResourceWithWaitSupport : IResource;

/// <summary>A resource that others reach through a connection string (<c>ConnectionStrings__name</c>).</summary>
public interface IResourceWithConnectionString : IResource, IValueProvider;

/// <summary>A resource that lives inside another one, as a database does in its server.</summary>
public interface IResourceWithParent : IResource
{
    /// <summary>The resource this one lives in.</summary>
    IResource Parent { get; }
}

/// <summary>A named resource with its annotations.</summary>
public abstract partial class Resource : IResource
{
    /// <summary>Throws <see cref="ArgumentException"/> when the name breaks the rule of <see cref="IResource.Name"/>.</summary>
    protected Resource(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (!NameRule().IsMatch(name))
        {
            throw new ArgumentException(
                $"The resource name '{name}' is not allowed: use lower-case letters, digits and single hyphens, a letter first, at most 64 characters.", nameof(name));
        }

        Name = name;
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public ResourceAnnotationCollection Annotations { get; } = [];

    [GeneratedRegex("^(?=.{1,64}$)[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
    private static partial Regex NameRule();
}
