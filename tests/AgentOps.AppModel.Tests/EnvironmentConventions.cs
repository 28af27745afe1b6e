using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;

namespace AgentOps.AppModel.Tests;

/// <summary>What processes are told about each other; nothing is started here.</summary>
public sealed class Environment_conventions : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task A_database_reference_becomes_a_connection_string_under_its_name()
    {
        var builder = home.CreateBuilder();
        var server = builder.AddPostgres("postgres");
        Allocate(server, 5555);
        var ledger = server.AddDatabase("ledger", "ledger_db");
        var sample = builder.AddExecutable("sample", "/bin/true", "/").WithReference(ledger);

        var environment = await sample.Resource.GetEnvironmentVariableValuesAsync();

        Assert.Equal($"Host=127.0.0.1;Port=5555;Username=postgres;Password={server.Resource.PasswordParameter.Value};Database=ledger_db",
            environment["ConnectionStrings__ledger"]);
    }

    [Fact]
    public async Task A_role_reference_can_be_called_like_the_database_and_logs_in_as_the_role()
    {
        var builder = home.CreateBuilder();
        var server = builder.AddPostgres("postgres");
        Allocate(server, 5555);
        var role = server.AddDatabase("ledger").AddRole("preference_builder");
        var sample = builder.AddExecutable("sample", "/bin/true", "/").WithReference(role, "ledger");

        var environment = await sample.Resource.GetEnvironmentVariableValuesAsync();

        Assert.Equal($"Host=127.0.0.1;Port=5555;Username=preference_builder;Password={role.Resource.PasswordParameter.Value};Database=ledger",
            environment["ConnectionStrings__ledger"]);
        Assert.NotEqual(server.Resource.PasswordParameter.Value, role.Resource.PasswordParameter.Value);
    }

    [Fact]
    public async Task A_broker_reference_becomes_an_amqp_address()
    {
        var builder = home.CreateBuilder();
        var rabbitmq = builder.AddRabbitMQ("rabbitmq");
        Allocate(rabbitmq, 5672);
        var sample = builder.AddExecutable("sample", "/bin/true", "/").WithReference(rabbitmq);

        var environment = await sample.Resource.GetEnvironmentVariableValuesAsync();

        Assert.Equal($"amqp://agentops:{rabbitmq.Resource.PasswordParameter.Value}@127.0.0.1:5672", environment["ConnectionStrings__rabbitmq"]);
    }

    [Fact]
    public async Task A_service_reference_names_every_replica_of_every_endpoint()
    {
        var builder = home.CreateBuilder();
        var other = builder.AddProject("other-one", SampleProject).WithHttpEndpoint().WithHttpEndpoint(name: "admin").WithReplicas(2);
        Allocate(other, 7001, 7002);
        var sample = builder.AddExecutable("sample", "/bin/true", "/").WithReference(other);

        var environment = await sample.Resource.GetEnvironmentVariableValuesAsync();

        Assert.Equal("http://127.0.0.1:7001", environment["services__other-one__http__0"]);
        Assert.Equal("http://127.0.0.1:7002", environment["services__other-one__http__1"]);
        Assert.Equal("http://127.0.0.1:7002", environment["services__other-one__admin__1"]);
    }

    [Fact]
    public async Task Every_program_has_its_telemetry_name()
    {
        var sample = home.CreateBuilder().AddProject("sample", SampleProject);
        Assert.Equal("sample", (await sample.Resource.GetEnvironmentVariableValuesAsync())["OTEL_SERVICE_NAME"]);
    }

    [Fact]
    public async Task Callbacks_run_in_order_and_a_later_one_wins()
    {
        var count = 0;
        var sample = home.CreateBuilder().AddExecutable("sample", "/bin/true", "/")
            .WithEnvironment("TEXT", "first")
            .WithEnvironment("COUNT", () => $"{++count}")
            .WithEnvironment(context => context.EnvironmentVariables["TEXT"] += " and second");

        Assert.Equal("first and second", (await sample.Resource.GetEnvironmentVariableValuesAsync())["TEXT"]);
        Assert.Equal("2", (await sample.Resource.GetEnvironmentVariableValuesAsync())["COUNT"]);
    }

    [Fact]
    public async Task Arguments_may_be_addresses()
    {
        var builder = home.CreateBuilder();
        var other = builder.AddProject("other", SampleProject).WithHttpEndpoint();
        Allocate(other, 7001);
        var sample = builder.AddExecutable("sample", "/bin/true", "/", "--server").WithArgs(new EndpointReference(other.Resource, "http"));

        Assert.Equal(["--server", "http://127.0.0.1:7001"], await sample.Resource.GetArgumentValuesAsync());
    }

    [Fact]
    public void An_address_that_is_not_decided_yet_is_refused_with_a_sentence()
    {
        var other = home.CreateBuilder().AddProject("other", SampleProject).WithHttpEndpoint();
        var refused = Assert.Throws<DistributedApplicationException>(() => new EndpointReference(other.Resource, "http").Url);
        Assert.Equal("The endpoint 'http' of 'other' has no address yet: ask for it after the application has started.", refused.Message);
    }

    [Fact]
    public void A_secret_is_made_once_and_only_its_owner_may_read_it()
    {
        var first = home.CreateBuilder().AddParameter("service-key", new GenerateParameterDefault(), secret: true).Resource.Value;
        var second = home.CreateBuilder().AddParameter("service-key", new GenerateParameterDefault(), secret: true).Resource.Value;

        Assert.Equal(first, second);
        Assert.Equal(32, first.Length);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(home.Path, "secrets.json")));
    }

    private static string SampleProject => "tests/AgentOps.AppModel.Tests/Sample";

    private static void Allocate(IResourceBuilder<IResourceWithEndpoints> builder, params int[] ports)
    {
        foreach (var endpoint in builder.Resource.Annotations.OfType<EndpointAnnotation>())
        {
            endpoint.AllocatedPorts = ports;
        }
    }
}
