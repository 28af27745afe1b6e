using AgentOps.AppModel.State;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Running;

/// <summary>Says for each kind of resource which processes it is made of.</summary>
internal sealed class ProcessPlans(IReadOnlyList<IResource> resources, StateFolder home, ProjectBuild build, TimeSpan stopTimeout, StackOutput output)
{
    /// <summary>The plans of a resource's processes; none for resources that live inside others. Waits for the build where one is needed.</summary>
    public async Task<IReadOnlyList<IProcessPlan>> OfAsync(IResource resource, CancellationToken cancellationToken) => resource switch
    {
        PostgresServerResource server => [Of(server)],
        RabbitMQServerResource server => [new RabbitMqPlan(server, home, output)],
        PortMapperResource mapper => [new PortMapperPlan(mapper, home)],
        ProjectResource or ExecutableResource => Replicas(resource, await CommandOfAsync(resource, cancellationToken)),
        _ => [],
    };

    /// <summary>The plan of a PostgreSQL server.</summary>
    public PostgresPlan Of(PostgresServerResource server) => new(server, home, output);

    private async Task<ProgramCommand> CommandOfAsync(IResource resource, CancellationToken cancellationToken) => resource switch
    {
        ProjectResource project => new(
            DotNet.Program, [await build.AssemblyOfAsync(project, cancellationToken)], Path.GetDirectoryName(project.ProjectPath)!),
        ExecutableResource executable => new(executable.Command, [], executable.WorkingDirectory),
        _ => throw new DistributedApplicationException($"'{resource.Name}' is neither a project nor an executable."),
    };

    private ProgramPlan[] Replicas(IResource resource, ProgramCommand command) =>
        [.. Enumerable.Range(0, resource.GetReplicaCount()).Select(i => new ProgramPlan(resource, i, RunsOnce(resource), command, stopTimeout, home))];

    /// <summary>A resource runs to its end when somebody waits for that or when it is started by name; any other is started again.</summary>
    private bool RunsOnce(IResource resource) =>
        resource.Annotations.OfType<ExplicitStartupAnnotation>().Any()
        || resources.SelectMany(r => r.Annotations.OfType<WaitAnnotation>()).Any(w => w.WaitType == WaitType.WaitForCompletion && w.Resource == resource);
}
