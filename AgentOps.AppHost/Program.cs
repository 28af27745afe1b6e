return await Architecture.Describe(DistributedApplication.CreateBuilder(args)).Build().RunAsync(attached: args is ["demo", ..] ? "demo" : null);

/// <summary>The whole stack: who there is, what each is given, who knows whom, and who waits for whom.</summary>
internal static class Architecture
{
    /// <summary>Adds everything to a builder; the tests describe their stack with it as well.</summary>
    public static IDistributedApplicationBuilder Describe(IDistributedApplicationBuilder builder)
    {
        var platform = Platform.Add(builder);

        // The loop: play episodes, judge them, make data sets of them, train on these, evaluate, register, serve, and again.
        var pipeline = platform.Service("pipeline", "services/Pipeline");
        var generator = platform.Service("generator", "services/Generator");
        var judge = platform.Service("judge", "services/Judge");
        var preferenceBuilder = platform.Service("preference-builder", "services/PreferenceBuilder");
        var trainer = platform.Service("trainer", "services/Trainer").WithPrerequisites([.. Prerequisites.Torch]);
        var evaluator = platform.Service("evaluator", "services/Evaluator");
        var registry = platform.Service("registry", "services/Registry")
            .WithEnvironment("AGENTOPS_CHECKPOINTS", Path.Combine(builder.Home, "checkpoints"))
            .WithEnvironment("AGENTOPS_CHECKPOINT_KEY_FILE", Path.Combine(builder.Home, "checkpoint.key"));
        var serving = platform.Service("serving", "services/Serving");

        // Whoever handles what was said in an episode handles the keys of the people whose data that is; they lie apart from ledger and artifacts.
        foreach (var service in (IResourceBuilder<ProjectResource>[])[generator, judge, preferenceBuilder, trainer, registry])
        {
            service.WithEnvironment("AGENTOPS_SUBJECT_KEYS", Path.Combine(builder.Home, "subject-keys"));
        }

        // Everything else the services tell each other stands in the ledger; a model's episodes are played through Serving.
        generator.WithReference(serving);

        // The one public door.
        var gateway = platform.Service("gateway", "services/Gateway", port: 8080, portVariable: "AGENTOPS_PORT")
            .WithSecretFile("AGENTOPS_ADMIN_KEY_FILE", "admin.key", () => platform.AdminKey.Resource.Value)
            .WithExternalHttpEndpoints();
        foreach (var service in (IResourceBuilder<ProjectResource>[])[pipeline, generator, judge, preferenceBuilder, trainer, evaluator, registry, serving])
        {
            gateway.WithReference(service).WaitFor(service);
        }

        builder.AddProject("demo", "src/AgentOps.Cli").WithArgs("demo").WithArgs([.. builder.Args.Skip(1)])
            .WithEnvironment("AGENTOPS_URL", gateway.GetEndpoint("http"))
            .WithEnvironment("AGENTOPS_HOME", builder.Home)
            .WithExplicitStart();
        return builder;
    }
}
