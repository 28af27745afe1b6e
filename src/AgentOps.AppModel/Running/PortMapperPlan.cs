using AgentOps.AppModel.Processes;
using AgentOps.AppModel.State;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Running;

/// <summary>An Erlang port mapper as a child of ours: the one that Erlang starts by itself would outlive the node.</summary>
internal sealed class PortMapperPlan(PortMapperResource mapper, StateFolder home) : IProcessPlan
{
    public IResource Resource => mapper;

    public int Replica => 0;

    public bool RunsOnce => false;

    public IReadOnlyList<int> Ports => ProcessPlanNames.PortsOf(mapper, 0);

    public Task<ProcessSpec> PrepareAsync(CancellationToken cancellationToken) => Task.FromResult(
        new ProcessSpec(mapper.Name, "/usr/bin/epmd", ["-address", Loopback.Address, "-port", $"{mapper.PrimaryEndpoint.Port}"], "/", home.LogOf(mapper.Name))
        {
            OnlyThisEnvironment = true,
            Environment = new Dictionary<string, string?> { ["AGENTOPS_HOME"] = home.Root },   // tells people whose it is
            User = ServiceUser.Of(RabbitMqPlan.PackageUser),
        });

    public async Task<bool> IsReadyAsync(SessionProcess process, CancellationToken cancellationToken)
    {
        await Task.CompletedTask.WaitAsync(cancellationToken);
        return ListeningSockets.OwnedBySession(process.Id, mapper.PrimaryEndpoint.Port);
    }
}
