using AgentOps.AppModel.Processes;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Running;

/// <summary>Decides the ports of all endpoints before anything starts, so that everybody can be told everybody's address.</summary>
internal static class Ports
{
    /// <summary>Gives every endpoint its ports.</summary>
    public static void Allocate(IReadOnlyList<IResource> resources, HashSet<int> taken)
    {
        foreach (var resource in resources)
        {
            foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.AllocatedPorts.Count == 0))
            {
                endpoint.AllocatedPorts = [.. Enumerable.Range(0, resource.GetReplicaCount()).Select(_ => endpoint.Port ?? Free(taken))];
            }
        }
    }

    /// <summary>Throws <see cref="DistributedApplicationException"/> when a port that was asked for is taken.</summary>
    public static void Check(IResource resource)
    {
        foreach (var endpoint in resource.Annotations.OfType<EndpointAnnotation>().Where(e => e.Port is { } port && !Loopback.IsFree(port)))
        {
            throw new DistributedApplicationException(
                $"Port {endpoint.Port}, which '{resource.Name}' is to listen on, is taken by {ListeningSockets.Describe(endpoint.Port!.Value)}: end that or choose another port{Hint(endpoint)}.");
        }
    }

    /// <summary>Takes the chosen ports back.</summary>
    public static void Forget(IReadOnlyList<IResource> resources)
    {
        foreach (var endpoint in resources.SelectMany(r => r.Annotations.OfType<EndpointAnnotation>()))
        {
            endpoint.AllocatedPorts = [];
        }
    }

    private static string Hint(EndpointAnnotation endpoint) => endpoint.PortVariable is { } name ? $" with {name}=<port>" : "";

    private static int Free(HashSet<int> taken)
    {
        var port = Loopback.FreePort(taken);
        taken.Add(port);
        return port;
    }
}
