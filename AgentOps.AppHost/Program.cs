var builder = DistributedApplication.CreateBuilder(args);

// Data: one ledger, one broker. Every service logs in to the ledger under a role of its own.
var postgres = builder.AddPostgres("postgres");
var ledger = postgres.AddDatabase("ledger");
var rabbitmq = builder.AddRabbitMQ("rabbitmq");

// Secrets: generated once, kept in the state folder.
var serviceKey = builder.AddParameter("service-key", new GenerateParameterDefault(), secret: true);
var adminKey = builder.AddParameter("admin-key", new GenerateParameterDefault(), secret: true);

// The migration owns the ledger's schema and creates the services' roles; no service starts before it is done.
var migrate = builder.AddProject("migrate", "src/AgentOps.Cli").WithArgs("ledger", "migrate")
    .WithReference(ledger, "ledger-admin")
    .WithRolePasswords("AGENTOPS_ROLE_PASSWORDS", ledger)
    .WithEnvironment("AGENTOPS_HOME", builder.Home)
    .WaitFor(ledger);

// The loop: play episodes, judge them, make data sets of them, train on these, evaluate, register, serve, and again.
var pipeline = Service("pipeline", "services/Pipeline");
var generator = Service("generator", "services/Generator");
var judge = Service("judge", "services/Judge");
var preferenceBuilder = Service("preference-builder", "services/PreferenceBuilder");
var trainer = Service("trainer", "services/Trainer").WithPrerequisites([.. Prerequisites.Torch]).WithEnvironment("OMP_WAIT_POLICY", "PASSIVE");
var evaluator = Service("evaluator", "services/Evaluator");
var registry = Service("registry", "services/Registry");
var serving = Service("serving", "services/Serving");

generator.WithReference(serving).WithReference(trainer);   // on-policy learning plays against the trainer's own engine
judge.WithReference(serving);
trainer.WithReference(generator).WithReference(serving);
evaluator.WithReference(generator).WithReference(serving);
registry.WithReference(serving);
serving.WithReference(registry);

// The one public door.
var gateway = Service("gateway", "services/Gateway", port: 8080, portVariable: "AGENTOPS_PORT")
    .WithSecretFile("AGENTOPS_ADMIN_KEY_FILE", "admin.key", () => adminKey.Resource.Value)
    .WithExternalHttpEndpoints();
foreach (var service in (IResourceBuilder<ProjectResource>[])[pipeline, generator, judge, preferenceBuilder, trainer, evaluator, registry, serving])
{
    gateway.WithReference(service).WaitFor(service);
}

builder.AddProject("demo", "src/AgentOps.Cli").WithArgs("demo").WithArgs([.. args.Skip(1)])
    .WithEnvironment("AGENTOPS_URL", gateway.GetEndpoint("http"))
    .WithEnvironment("AGENTOPS_HOME", builder.Home)
    .WithExplicitStart();

return await builder.Build().RunAsync(attached: args is ["demo", ..] ? "demo" : null);

// What every service is given: its login to the ledger, the broker, the artifacts, the key that services know each other by.
IResourceBuilder<ProjectResource> Service(string name, string path, int? port = null, string? portVariable = null) =>
    builder.AddProject(name, path)
        .WithReference(ledger.AddRole(name.Replace('-', '_')), "ledger")
        .WithReference(rabbitmq)
        .WithEnvironment("AGENTOPS_HOME", builder.Home)
        .WithEnvironment("AGENTOPS_ARTIFACTS", Path.Combine(builder.Home, "artifacts"))
        .WithEnvironment("AGENTOPS_SERVICE_KEY", serviceKey)
        .WithHttpEndpoint(port, portVariable: portVariable)
        .WithHttpHealthCheck("/health")
        .WaitForCompletion(migrate)
        .WaitFor(rabbitmq);
