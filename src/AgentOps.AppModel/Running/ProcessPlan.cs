using AgentOps.AppModel.Processes;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Running;

/// <summary>How one process of a resource is started and when it counts as ready.</summary>
internal interface IProcessPlan
{
    IResource Resource { get; }

    int Replica { get; }

    /// <summary>The ports the process must be able to open.</summary>
    IReadOnlyList<int> Ports { get; }

    /// <summary>True when the process is meant to end by itself.</summary>
    bool RunsOnce { get; }

    /// <summary>Makes everything ready for a start; called before each one.</summary>
    Task<ProcessSpec> PrepareAsync(CancellationToken cancellationToken);

    /// <summary>Asks once whether the process does its work.</summary>
    Task<bool> IsReadyAsync(SessionProcess process, CancellationToken cancellationToken);
}

internal static class ProcessPlanNames
{
    /// <summary>The resource's name, numbered where it has replicas.</summary>
    public static string Name(this IProcessPlan plan) =>
        plan.Resource.GetReplicaCount() > 1 ? $"{plan.Resource.Name}-{plan.Replica + 1}" : plan.Resource.Name;

    /// <summary>The ports that the resource's endpoints have for one replica.</summary>
    public static IReadOnlyList<int> PortsOf(IResource resource, int replica) =>
        [.. resource.Annotations.OfType<EndpointAnnotation>().Select(e => e.AllocatedPorts[replica])];
}
