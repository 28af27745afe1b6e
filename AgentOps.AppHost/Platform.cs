/// <summary>What every service stands on: one ledger, one broker, the secrets, and the migration that comes before them all.</summary>
/// <param name="ServiceKey">The key that services know each other by.</param>
/// <param name="AdminKey">The first administrator's API key.</param>
internal sealed record Platform(
    IDistributedApplicationBuilder Builder,
    IResourceBuilder<PostgresDatabaseResource> Ledger,
    IResourceBuilder<RabbitMQServerResource> RabbitMQ,
    IResourceBuilder<ProjectResource> Migrate,
    IResourceBuilder<ParameterResource> ServiceKey,
    IResourceBuilder<ParameterResource> AdminKey)
{
    public static Platform Add(IDistributedApplicationBuilder builder)
    {
        var ledger = builder.AddPostgres("postgres").AddDatabase("ledger");
        var rabbitmq = builder.AddRabbitMQ("rabbitmq");

        // Generated once, kept in the state folder.
        var serviceKey = builder.AddParameter("service-key", new GenerateParameterDefault(), secret: true);
        var adminKey = builder.AddParameter("admin-key", new GenerateParameterDefault(), secret: true);

        // The migration owns the ledger's schema and creates the services' roles; no service starts before it is done.
        var migrate = builder.AddProject("migrate", "src/AgentOps.Cli").WithArgs("ledger", "migrate")
            .WithReference(ledger, "ledger-admin")
            .WithRolePasswords("AGENTOPS_ROLE_PASSWORDS", ledger)
            .WithEnvironment("AGENTOPS_HOME", builder.Home)
            .WaitFor(ledger);
        return new(builder, ledger, rabbitmq, migrate, serviceKey, adminKey);
    }

    /// <summary>A service: its login to the ledger under a role of its own, the broker, the artifacts, the key that services know each other by.</summary>
    public IResourceBuilder<ProjectResource> Service(string name, string path, int? port = null, string? portVariable = null) =>
        Builder.AddProject(name, path)
            .WithReference(Ledger.AddRole(name.Replace('-', '_')), "ledger")
            .WithReference(RabbitMQ)
            .WithEnvironment("AGENTOPS_HOME", Builder.Home)
            .WithEnvironment("AGENTOPS_ARTIFACTS", Path.Combine(Builder.Home, "artifacts"))
            .WithEnvironment("AGENTOPS_SERVICE_KEY", ServiceKey)
            .WithHttpEndpoint(port, portVariable: portVariable)
            .WithHttpHealthCheck("/health")
            .WaitForCompletion(Migrate)
            .WaitFor(RabbitMQ);
}
