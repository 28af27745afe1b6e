using AgentOps.AppModel;
using AgentOps.AppModel.Running;
using AgentOps.AppModel.State;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Collects the resources of an application.</summary>
public interface IDistributedApplicationBuilder
{
    /// <summary>The command line arguments.</summary>
    IReadOnlyList<string> Args { get; }

    /// <summary>The folder that relative paths start from.</summary>
    string SolutionDirectory { get; }

    /// <summary>The state folder.</summary>
    string Home { get; }

    /// <summary>The resources so far.</summary>
    IReadOnlyList<IResource> Resources { get; }

    /// <summary>Adds a resource. Throws <see cref="DistributedApplicationException"/> when the name is taken.</summary>
    IResourceBuilder<T> AddResource<T>(T resource) where T : IResource;

    /// <summary>A value that is generated once and kept in the state folder.</summary>
    IResourceBuilder<ParameterResource> AddParameter(string name, GenerateParameterDefault value, bool secret = false);

    /// <summary>The application. Throws <see cref="DistributedApplicationException"/> when resources wait for each other in a circle.</summary>
    DistributedApplication Build();
}

/// <summary>Adds annotations to one resource.</summary>
public interface IResourceBuilder<out T> where T : IResource
{
    /// <summary>The builder of the whole application.</summary>
    IDistributedApplicationBuilder ApplicationBuilder { get; }

    /// <summary>The resource.</summary>
    T Resource { get; }
}

/// <summary>The builder behind <see cref="DistributedApplication.CreateBuilder(string[])"/>.</summary>
internal sealed class DistributedApplicationBuilder : IDistributedApplicationBuilder
{
    private readonly List<IResource> resources = [];
    private readonly DistributedApplicationOptions options;
    private readonly StateFolder home;
    private readonly Secrets secrets;

    public DistributedApplicationBuilder(DistributedApplicationOptions options)
    {
        this.options = options;
        home = new StateFolder(Location.Home(options));
        secrets = new Secrets(home);
    }

    public IReadOnlyList<string> Args => options.Args;

    public string SolutionDirectory => Location.Solution(options);

    public string Home => home.Root;

    public IReadOnlyList<IResource> Resources => resources;

    public IResourceBuilder<T> AddResource<T>(T resource) where T : IResource
    {
        if (resources.Any(r => r.Name == resource.Name))
        {
            throw new DistributedApplicationException($"There are two resources called '{resource.Name}': give one of them another name.");
        }

        resources.Add(resource);
        return new ResourceBuilder<T>(this, resource);
    }

    public IResourceBuilder<ParameterResource> AddParameter(string name, GenerateParameterDefault value, bool secret = false) =>
        AddResource(new ParameterResource(name, () => secrets.Get(name, value), secret));

    public DistributedApplication Build()
    {
        WaitCircles.Refuse(resources);
        return new DistributedApplication(resources, home, options);
    }

    private sealed record ResourceBuilder<T>(IDistributedApplicationBuilder ApplicationBuilder, T Resource) : IResourceBuilder<T> where T : IResource;
}
