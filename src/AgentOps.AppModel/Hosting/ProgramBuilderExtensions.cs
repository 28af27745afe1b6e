using Aspire.Hosting.ApplicationModel;

namespace Aspire.Hosting;

/// <summary>Adds .NET projects and other programs.</summary>
public static class ProgramBuilderExtensions
{
    /// <summary>
    /// Adds a .NET project by the path of its folder or project file, relative to the solution.
    /// Throws <see cref="DistributedApplicationException"/> when there is no such project.
    /// </summary>
    public static IResourceBuilder<ProjectResource> AddProject(this IDistributedApplicationBuilder builder, string name, string path)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var full = Path.GetFullPath(Path.Combine(builder.SolutionDirectory, path));
        var file = Directory.Exists(full) ? Directory.GetFiles(full, "*.csproj") : File.Exists(full) ? [full] : [];
        return file is [var project]
            ? builder.AddResource(new ProjectResource(name, project)).WithOpenTelemetry()
            : throw new DistributedApplicationException($"The project of '{name}' was not found: {full} holds {file.Length} project files and must hold one.");
    }

    /// <summary>Adds any program, started in the given folder (relative to the solution).</summary>
    public static IResourceBuilder<ExecutableResource> AddExecutable(
        this IDistributedApplicationBuilder builder, string name, string command, string workingDirectory, params string[] args)
    {
        ArgumentNullException.ThrowIfNull(builder);
        var folder = Path.GetFullPath(Path.Combine(builder.SolutionDirectory, workingDirectory));
        return builder.AddResource(new ExecutableResource(name, command, folder)).WithOpenTelemetry().WithArgs(args);
    }

    /// <summary>Appends command line arguments, strings or <see cref="IValueProvider"/>s.</summary>
    public static IResourceBuilder<T> WithArgs<T>(this IResourceBuilder<T> builder, params object[] args) where T : IResourceWithArgs =>
        builder.WithAnnotation(new CommandLineArgsAnnotation(args));

    /// <summary>Runs several equal processes, each with ports of its own; others find them as <c>services__name__http__0</c>, <c>__1</c> …</summary>
    public static IResourceBuilder<ProjectResource> WithReplicas(this IResourceBuilder<ProjectResource> builder, int replicas)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(replicas, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(replicas, 100);
        return builder.WithAnnotation(new ReplicaAnnotation(replicas));
    }

    // The exporter turns itself on where OTEL_EXPORTER_OTLP_ENDPOINT is set; it comes from the starter's environment. Short batches suit development.
    private static IResourceBuilder<T> WithOpenTelemetry<T>(this IResourceBuilder<T> builder) where T : IResourceWithEnvironment =>
        builder.WithEnvironment(context =>
        {
            context.EnvironmentVariables["OTEL_SERVICE_NAME"] = builder.Resource.Name;
            context.EnvironmentVariables["OTEL_BLRP_SCHEDULE_DELAY"] = "1000";
            context.EnvironmentVariables["OTEL_BSP_SCHEDULE_DELAY"] = "1000";
        });
}
