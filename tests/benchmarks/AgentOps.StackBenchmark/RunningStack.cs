using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.StackBenchmark;

/// <summary>The whole system, described as the AppHost describes it, in a state folder that is deleted afterwards.</summary>
internal sealed class RunningStack : IAsyncDisposable
{
    private readonly DistributedApplication _app;
    private readonly IReadOnlyList<string> _resources;

    private RunningStack(DistributedApplication app, IReadOnlyList<string> resources)
    {
        _app = app;
        _resources = resources;
    }

    public static async Task<RunningStack> StartAsync()
    {
        var builder = Architecture.Describe(DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Ephemeral = true, Output = Console.Error }));
        UseAnyPort(builder.Resources.Single(resource => resource.Name == "gateway"));
        var app = builder.Build();
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }
        return new(app, [.. builder.Resources.Select(resource => resource.Name)]);
    }

    /// <summary>The ledger under a service's own role.</summary>
    public async Task<string> ConnectionStringAsync(string service) => (await _app.GetConnectionStringAsync($"ledger-{service}"))!;

    /// <summary>What runs, by the name of its resource; this process is the one that starts and watches the others.</summary>
    public IReadOnlyList<(string Resource, int Pid)> Roots() =>
        [("apphost", Environment.ProcessId), .. _resources.SelectMany(name => _app.GetProcessIds(name).Select(pid => (name, pid)))];

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    // The AppHost's gateway has a port that people know; a stack for measuring must not stand in its way.
    private static void UseAnyPort(IResource gateway)
    {
        gateway.Annotations.Remove(gateway.Annotations.OfType<EndpointAnnotation>().Single());
        gateway.Annotations.Add(new EndpointAnnotation("http"));
    }
}
