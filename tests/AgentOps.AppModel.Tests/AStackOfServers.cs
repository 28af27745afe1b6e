using System.Net;
using System.Net.Sockets;
using Aspire.Hosting;
using Aspire.Hosting.ApplicationModel;
using Npgsql;
using RabbitMQ.Client;

namespace AgentOps.AppModel.Tests;

public sealed class A_stack_of_servers : IDisposable
{
    private readonly Home home = new();

    public void Dispose() => home.Dispose();

    [Fact]
    public async Task Leaves_nothing_running_and_finds_its_data_at_the_second_start()
    {
        int portMapper;
        await using (var first = Servers(home))
        {
            await first.StartAsync();
            portMapper = first.GetEndpoint("rabbitmq-epmd", "tcp").Port;
            await ExecuteAsync(first, "CREATE TABLE kept AS SELECT 17 AS number");
            await PublishAsync(first, "kept");
        }

        Assert.Empty(home.Processes());
        Assert.True(Loopback.IsFree(portMapper));

        await using var second = Servers(home);
        await second.StartAsync();
        Assert.Equal(17, await ExecuteAsync(second, "SELECT number FROM kept"));
        Assert.Equal("kept", await ReceiveAsync(second));
    }

    [Fact]
    public async Task Runs_beside_another_one()
    {
        using var otherHome = new Home();
        await using var one = Servers(home);
        await using var other = Servers(otherHome);
        await Task.WhenAll(one.StartAsync(), other.StartAsync());

        await PublishAsync(one, "one");
        await PublishAsync(other, "other");
        Assert.Equal("one", await ReceiveAsync(one));
        Assert.Equal("other", await ReceiveAsync(other));
        Assert.NotEqual(await ExecuteAsync(one, "SELECT system_identifier FROM pg_control_system()"), await ExecuteAsync(other, "SELECT system_identifier FROM pg_control_system()"));
    }

    [Fact]
    public async Task Says_who_holds_its_state_folder()
    {
        var builder = home.CreateBuilder();
        builder.AddExecutable("sleeper", "/bin/sleep", "/", "1000");
        await using var first = builder.Build();
        await first.StartAsync();

        await using var second = home.CreateBuilder().Build();
        var refused = await Assert.ThrowsAsync<DistributedApplicationException>(() => second.StartAsync());
        Assert.StartsWith($"The state folder {home.Path} is in use by process {Environment.ProcessId} of user {Environment.UserName} since ", refused.Message, StringComparison.Ordinal);
        Assert.Single(first.GetProcessIds("sleeper"));
    }

    [Fact]
    public async Task That_is_refused_a_folder_leaves_what_is_in_it_though_its_own_would_be_deleted()
    {
        var builder = home.CreateBuilder();
        builder.AddExecutable("sleeper", "/bin/sleep", "/", "1000");
        await using var first = builder.Build();
        await first.StartAsync();

        var second = DistributedApplication.CreateBuilder(new DistributedApplicationOptions { Home = home.Path, Output = home.Output, Ephemeral = true }).Build();
        await Assert.ThrowsAsync<DistributedApplicationException>(() => second.StartAsync());
        await second.DisposeAsync();
        Assert.True(File.Exists(Path.Combine(home.Path, "lock.holder")));
    }

    [Fact]
    public async Task Says_who_has_the_port_it_was_given_and_how_to_choose_another()
    {
        using var taker = new TcpListener(IPAddress.Loopback, 0);
        taker.Start();
        var port = ((IPEndPoint)taker.LocalEndpoint).Port;
        var builder = home.CreateBuilder();
        builder.AddExecutable("gateway", "/bin/sleep", "/", "1000").WithHttpEndpoint(port, portVariable: "AGENTOPS_PORT_OF_NOBODY");
        await using var app = builder.Build();

        var refused = await Assert.ThrowsAsync<DistributedApplicationException>(() => app.StartAsync());
        Assert.StartsWith($"Port {port}, which 'gateway' is to listen on, is taken by process {Environment.ProcessId} (", refused.Message, StringComparison.Ordinal);
        Assert.EndsWith("choose another port with AGENTOPS_PORT_OF_NOBODY=<port>.", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Keeps_the_data_elsewhere_when_the_servers_own_users_cannot_reach_its_folder()
    {
        // A temporary folder lets nobody but its owner pass, as /root does. Without root the servers are the owner's and stay inside.
        var unreachable = Directory.CreateDirectory(Path.Combine(home.Path, "unreachable"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var options = new DistributedApplicationOptions { Home = Path.Combine(unreachable.FullName, "home"), Output = home.Output };
        await using (var first = Postgres(options))
        {
            await first.StartAsync();
            await ExecuteAsync(first, "CREATE TABLE kept AS SELECT 17 AS number");
        }

        var said = home.Output.ToString();
        await using var second = Postgres(new DistributedApplicationOptions { Home = options.Home, Output = home.Output, Ephemeral = true });
        await second.StartAsync();
        Assert.Equal(17, await ExecuteAsync(second, "SELECT number FROM kept"));
        Assert.Equal(Environment.IsPrivilegedProcess, said.Contains("keeps its data in /var/lib/agentops/", StringComparison.Ordinal));
    }

    private static DistributedApplication Postgres(DistributedApplicationOptions options)
    {
        var builder = DistributedApplication.CreateBuilder(options);
        builder.AddPostgres("postgres").AddDatabase("ledger");
        return builder.Build();
    }

    private static DistributedApplication Servers(Home home)
    {
        var builder = home.CreateBuilder();
        builder.AddPostgres("postgres").AddDatabase("ledger");
        builder.AddRabbitMQ("rabbitmq");
        return builder.Build();
    }

    private static async Task<object?> ExecuteAsync(DistributedApplication app, string sql)
    {
        await using var connection = new NpgsqlConnection(await app.GetConnectionStringAsync("ledger"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<IConnection> ConnectAsync(DistributedApplication app) =>
        await new ConnectionFactory { Uri = new Uri((await app.GetConnectionStringAsync("rabbitmq"))!) }.CreateConnectionAsync();

    private static async Task PublishAsync(DistributedApplication app, string text)
    {
        await using var connection = await ConnectAsync(app);
        await using var channel = await connection.CreateChannelAsync(new CreateChannelOptions(true, true));
        await channel.QueueDeclareAsync("work", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });
        await channel.BasicPublishAsync("", "work", mandatory: true, new BasicProperties { Persistent = true }, System.Text.Encoding.UTF8.GetBytes(text));
    }

    private static async Task<string?> ReceiveAsync(DistributedApplication app)
    {
        await using var connection = await ConnectAsync(app);
        await using var channel = await connection.CreateChannelAsync();
        return await channel.BasicGetAsync("work", autoAck: true) is { } message ? System.Text.Encoding.UTF8.GetString(message.Body.Span) : null;
    }
}
