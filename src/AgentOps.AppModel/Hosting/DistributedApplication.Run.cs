using AgentOps.AppModel.Processes;
using AgentOps.AppModel.Running;
using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

public sealed partial class DistributedApplication
{
    private const int Failed = 1;
    private const int Interrupted = 130;

    /// <summary>
    /// Brings the application up, says where it is, and takes it down on Ctrl-C or termination; a second Ctrl-C kills what is slow to end.
    /// With <paramref name="attached"/> that resource then runs attached to the terminal, and where there is no terminal to look at the stack
    /// afterwards, its end is the end. Returns the exit code: 0, the attached resource's, 1 after a failure that has been printed, 130 when
    /// interrupted on the way up or while that resource runs.
    /// </summary>
    public async Task<int> RunAsync(string? attached = null, CancellationToken cancellationToken = default)
    {
        using var signals = new StopSignals(atOnce: stack.Kill);
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(signals.Token, cancellationToken);
        try
        {
            await StartAsync(stop.Token);
            Announce();
            var code = attached is null ? 0 : await RunAttachedAsync(attached, stop.Token);
            if (attached is null || !Console.IsOutputRedirected)
            {
                await Task.Delay(Timeout.Infinite, stop.Token).ContinueWith(_ => { }, TaskScheduler.Default);
            }

            return code;
        }
        catch (DistributedApplicationException e)
        {
            output.Line("failed", e.Message);
            return Failed;
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Interrupted;
        }
        finally
        {
            output.Line("stopping", "services, then RabbitMQ, then PostgreSQL");
            await DisposeAsync();
            output.Line("stopped", "");
        }
    }

    /// <summary>Runs a project or executable once, attached to the terminal, and returns its exit code.</summary>
    public async Task<int> RunAttachedAsync(string resourceName, CancellationToken cancellationToken = default)
    {
        var plan = (await plans.OfAsync(Find(resourceName), cancellationToken))[0];
        return await AttachedProcess.RunAsync(await plan.PrepareAsync(cancellationToken), cancellationToken);
    }

    private void Announce()
    {
        foreach (var resource in resources.OfType<IResourceWithEndpoints>().Where(r => r.Annotations.OfType<ExternalEndpointsAnnotation>().Any()))
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>())
            {
                var url = new EndpointReference(resource, endpoint.Name).Url;
                File.WriteAllText(home.AddressFileOf(resource.Name), url);
                output.Line(resource.Name, $"is at {url}");
            }
        }

        output.Line("running", $"state and logs in {home.Root}; Ctrl-C stops everything");
    }
}
