using AgentOps.AppModel.State;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Running;

/// <summary>Says for each kind of resource which processes it is made of.</summary>
internal sealed class ProcessPlans(StateFolder home)
{
    /// <summary>The plans of a resource's processes; none for resources that live inside others.</summary>
    public async Task<IReadOnlyList<IProcessPlan>> OfAsync(IResource resource, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.WaitAsync(cancellationToken);
        return resource switch
        {
            PostgresServerResource server => [Of(server)],
            _ => [],
        };
    }

    /// <summary>The plan of a PostgreSQL server.</summary>
    public PostgresPlan Of(PostgresServerResource server) => new(server, home);
}
