using AgentOps.AppModel;
using AgentOps.AppModel.Running;
using AgentOps.AppModel.State;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>An application of several processes that is started, watched and stopped as one.</summary>
public sealed partial class DistributedApplication : IAsyncDisposable
{
    private readonly IReadOnlyList<IResource> resources;
    private readonly StateFolder home;
    private readonly DistributedApplicationOptions options;
    private readonly StackOutput output;
    private readonly ProjectBuild build;
    private readonly ProcessPlans plans;
    private readonly Stack stack;
    private StateLock? held;

    internal DistributedApplication(IReadOnlyList<IResource> resources, StateFolder home, DistributedApplicationOptions options)
    {
        this.resources = resources;
        this.home = home;
        this.options = options;
        output = new StackOutput(options.Output ?? Console.Out);
        build = new ProjectBuild(resources, home, output);
        plans = new ProcessPlans(resources, home, build, options.StopTimeout, output);
        stack = new Stack(resources, home, plans, output, ResourceNotifications, options.LongestRestartPause);
    }

    /// <summary>What happens to the resources.</summary>
    public ResourceNotificationService ResourceNotifications { get; } = new();

    /// <summary>The state folder.</summary>
    public string Home => home.Root;

    /// <summary>An empty application described by command line arguments and the environment.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(string[] args) => CreateBuilder(new DistributedApplicationOptions { Args = args });

    /// <summary>An empty application described by options.</summary>
    public static IDistributedApplicationBuilder CreateBuilder(DistributedApplicationOptions options) => new DistributedApplicationBuilder(options);

    /// <summary>
    /// Brings everything up and returns when all of it is healthy; what a killed start left behind is ended first.
    /// Throws <see cref="DistributedApplicationException"/>, with nothing left running, when it cannot.
    /// </summary>
    public async Task StartAsync(CancellationToken cancellationToken = default)
    {
        Runtime.Check();
        home.Create();
        held = StateLock.Take(home);
        try
        {
            await stack.EndLeftoversAsync(cancellationToken);
            resources.ToList().ForEach(Ports.Check);
            await Prerequisites.EnsureAsync(Prerequisites.Of(resources), output.Line, cancellationToken);
            await stack.StartAsync(cancellationToken);
        }
        catch
        {
            await StopAsync(CancellationToken.None);
            throw;
        }
    }

    /// <summary>Ends everything in order and lets go of the state folder.</summary>
    public async Task StopAsync(CancellationToken cancellationToken = default)
    {
        await stack.StopAsync();
        held?.Dispose();
        held = null;
    }

    /// <summary>The connection string of a resource that has one. Throws <see cref="DistributedApplicationException"/> for others.</summary>
    public ValueTask<string?> GetConnectionStringAsync(string resourceName, CancellationToken cancellationToken = default) =>
        Find(resourceName) is IResourceWithConnectionString resource
            ? resource.GetValueAsync(cancellationToken)
            : throw new DistributedApplicationException($"The resource '{resourceName}' has no connection string.");

    /// <summary>The address of a resource's endpoint.</summary>
    public Uri GetEndpoint(string resourceName, string endpointName = "http", int replica = 0) =>
        Find(resourceName) is IResourceWithEndpoints resource
            ? new Uri(new EndpointReference(resource, endpointName, replica).Url)
            : throw new DistributedApplicationException($"The resource '{resourceName}' has no endpoints.");

    /// <summary>The ids of a resource's running processes, one for each replica that runs.</summary>
    public IReadOnlyList<int> GetProcessIds(string resourceName) => [.. stack.Of(Find(resourceName)).Select(s => s.ProcessId).OfType<int>()];

    /// <summary>Kills a resource's processes (all, or one replica) as a crash would; they start again after a pause.</summary>
    public void Kill(string resourceName, int? replica = null)
    {
        foreach (var supervisor in stack.Of(Find(resourceName)).Where((_, index) => replica is null || index == replica))
        {
            supervisor.Kill();
        }
    }

    /// <summary>Stops the application and, when it is ephemeral, deletes its state, unless that is another's by now.</summary>
    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        await stack.DisposeAsync();
        build.Dispose();
        if (options.Ephemeral && !StateLock.IsHeld(home))
        {
            foreach (var folder in (string[])[home.Root, ServiceUser.Outside(home)])
            {
                if (Directory.Exists(folder))
                {
                    Directory.Delete(folder, recursive: true);
                }
            }
        }
    }

    private IResource Find(string name) => resources.FirstOrDefault(r => r.Name == name)
        ?? throw new DistributedApplicationException($"There is no resource '{name}'; there are: {string.Join(", ", resources.Select(r => r.Name))}.");
}
