using System.Globalization;
using System.Text.Json;
using Aspire.Hosting.ApplicationModel;
using Npgsql;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AgentOps.AppModel.Tests;

public sealed class A_running_stack(RunningStack stack) : IClassFixture<RunningStack>
{
    private static readonly HttpClient Http = new();
    private readonly CancellationToken patience = new CancellationTokenSource(TimeSpan.FromSeconds(60)).Token;

    [Fact]
    public async Task Has_every_durability_setting_of_its_database_on()
    {
        await using var connection = new NpgsqlConnection(await stack.App.GetConnectionStringAsync("ledger"));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(
            "SELECT concat_ws(' ', current_setting('fsync'), current_setting('full_page_writes'), current_setting('synchronous_commit'), current_setting('data_checksums'))",
            connection);
        Assert.Equal("on on on on", await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Has_a_broker_that_knows_its_generated_user_and_no_guest()
    {
        var uri = new Uri((await stack.App.GetConnectionStringAsync("rabbitmq"))!);
        await using var connection = await new ConnectionFactory { Uri = uri }.CreateConnectionAsync();
        await using var channel = await connection.CreateChannelAsync();
        await channel.QueueDeclareAsync("work", durable: true, exclusive: false, autoDelete: false, new Dictionary<string, object?> { ["x-queue-type"] = "quorum" });

        var guest = new UriBuilder(uri) { UserName = "guest", Password = "guest" }.Uri;
        var refused = await Assert.ThrowsAsync<BrokerUnreachableException>(() => new ConnectionFactory { Uri = guest }.CreateConnectionAsync());
        Assert.IsType<AuthenticationFailureException>(refused.InnerException);
    }

    [Fact]
    public async Task Tells_a_service_where_everything_is()
    {
        var address = stack.App.GetEndpoint("front");
        var environment = JsonSerializer.Deserialize<Dictionary<string, string>>(await Http.GetStringAsync(new Uri(address, "/environment")))!;

        Assert.Equal($"http://127.0.0.1:{address.Port}", environment["ASPNETCORE_URLS"]);
        Assert.Equal(stack.App.GetEndpoint("the-worker", replica: 1).ToString().TrimEnd('/'), environment["services__the-worker__http__1"]);
        Assert.Equal(await stack.App.GetConnectionStringAsync("ledger-front"), environment["ConnectionStrings__ledger"]);
        Assert.Equal(await stack.App.GetConnectionStringAsync("rabbitmq"), environment["ConnectionStrings__rabbitmq"]);
        Assert.EndsWith("-front", environment["OTEL_RESOURCE_ATTRIBUTES"], StringComparison.Ordinal);
        Assert.Equal(32, environment["KEY"].Length);
    }

    [Fact]
    public void Writes_the_passwords_of_the_roles_where_only_the_owner_reads_them()
    {
        var file = Path.Combine(stack.Home.Path, "ledger-roles.json");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        Assert.Equal(["front"], JsonSerializer.Deserialize<Dictionary<string, string>>(File.ReadAllText(file))!.Keys);
    }

    [Theory]
    [InlineData("postgres", 1)]
    [InlineData("rabbitmq", 1)]
    [InlineData("rabbitmq-epmd", 1)]
    [InlineData("front", 1)]
    [InlineData("the-worker", 2)]
    public void Keeps_every_process_in_a_session_of_its_own(string resource, int processes)
    {
        var ids = stack.App.GetProcessIds(resource);
        Assert.Equal(processes, ids.Count);
        Assert.All(ids, id => Assert.Equal(id, SessionOf(id)));
    }

    [Fact]
    public async Task Starts_a_crashed_service_again_and_shows_its_last_lines()
    {
        var before = await stack.App.ResourceNotifications.WaitForResourceAsync("front", e => e.State == KnownResourceStates.Running, patience);
        try
        {
            await Http.PostAsync(new Uri(stack.App.GetEndpoint("front"), "/crash"), null);
        }
        catch (HttpRequestException)
        {
            // It died before it answered.
        }

        var death = await stack.App.ResourceNotifications.WaitForResourceAsync("front", e => e.State == KnownResourceStates.Exited, patience);
        var after = await stack.App.ResourceNotifications.WaitForResourceAsync("front", e => e.State == KnownResourceStates.Running && e.Starts == 2, patience);

        Assert.Equal(3, death.ExitCode);
        Assert.NotEqual(before.ProcessId, after.ProcessId);
        Assert.Equal("healthy", await Http.GetStringAsync(new Uri(stack.App.GetEndpoint("front"), "/health")));
        Assert.Contains("| last words of the sample", stack.Home.Output.ToString(), StringComparison.Ordinal);
        Assert.Contains("ended with exit code 3; it starts again in 0.5 s", stack.Home.Output.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Starts_one_killed_replica_again_and_leaves_the_other_alone()
    {
        var before = stack.App.GetProcessIds("the-worker");
        stack.App.Kill("the-worker", replica: 1);
        await stack.App.ResourceNotifications.WaitForResourceAsync("the-worker", e => e is { State: KnownResourceStates.Running, Replica: 1, Starts: 2 }, patience);

        var after = stack.App.GetProcessIds("the-worker");
        Assert.Equal(before[0], after[0]);
        Assert.NotEqual(before[1], after[1]);
    }

    [Fact]
    public async Task Tries_again_where_the_state_folder_cannot_be_written_for_a_while()
    {
        // Where the list of processes is written, nothing can be: a full disk looks the same.
        var obstacle = Directory.CreateDirectory(Path.Combine(stack.Home.Path, "processes.new"));
        stack.App.Kill("the-worker", replica: 0);
        await stack.App.ResourceNotifications.WaitForResourceAsync("the-worker", e => e is { State: KnownResourceStates.Exited, Replica: 0, ExitCode: null }, patience);
        obstacle.Delete();

        await stack.App.ResourceNotifications.WaitForResourceAsync("the-worker", e => e is { State: KnownResourceStates.Running, Replica: 0, Starts: > 1 }, patience);

        Assert.Contains("cannot be started: ", stack.Home.Output.ToString(), StringComparison.Ordinal);
        Assert.Equal(2, stack.App.GetProcessIds("the-worker").Count);
    }

    [Fact]
    public async Task Came_up_in_the_order_of_its_waits()
    {
        var first = new List<string>();
        await foreach (var moment in stack.App.ResourceNotifications.WatchAsync(patience))
        {
            first.Add($"{moment.Resource.Name} {moment.State}");
            if (first[^1] == "front Running")
            {
                break;
            }
        }

        string[] order = ["postgres Running", "migrate Finished", "the-worker Starting", "the-worker Running", "front Starting"];
        Assert.Equal(order, first.Where(order.Contains).Distinct());
        Assert.True(first.LastIndexOf("the-worker Running") < first.IndexOf("front Starting"), "both workers are there before the front starts");
        Assert.True(first.IndexOf("rabbitmq Running") < first.IndexOf("front Starting"), "the broker is there before the front starts");
    }

    [Fact]
    public void Does_not_run_a_migration_twice() =>
        Assert.Empty(stack.App.GetProcessIds("migrate"));

    private static int SessionOf(int pid)
    {
        var stat = File.ReadAllText($"/proc/{pid}/stat");
        return int.Parse(stat[(stat.LastIndexOf(')') + 2)..].Split(' ')[3], CultureInfo.InvariantCulture);
    }
}
