using AgentOps.AppModel.Processes;
using AgentOps.AppModel.State;
using Aspire.Hosting.ApplicationModel;
using RabbitMQ.Client;
using RabbitMQ.Client.Exceptions;

namespace AgentOps.AppModel.Running;

/// <summary>A private RabbitMQ node: its folders, its settings, its health.</summary>
internal sealed class RabbitMqPlan(RabbitMQServerResource server, StateFolder home, StackOutput output) : IProcessPlan
{
    internal const string PackageUser = "rabbitmq";
    internal const string Program = "/usr/lib/rabbitmq/bin/rabbitmq-server";

    public IResource Resource => server;

    public int Replica => 0;

    public bool RunsOnce => false;

    public IReadOnlyList<int> Ports => ProcessPlanNames.PortsOf(server, 0);

    private string? User { get; } = ServiceUser.Of(PackageUser);

    public async Task<ProcessSpec> PrepareAsync(CancellationToken cancellationToken)
    {
        var folder = await ServiceUser.FolderAsync(home, server.Name, User, output, cancellationToken);
        await WriteAsync(folder, "rabbitmq.conf", Configuration(), cancellationToken);
        await WriteAsync(folder, "enabled_plugins", "[].\n", cancellationToken);
        return new ProcessSpec(server.Name, Program, [], folder, home.LogOf(server.Name))
        {
            OnlyThisEnvironment = true,
            Environment = Variables(folder),
            User = User,
        };
    }

    public async Task<bool> IsReadyAsync(SessionProcess process, CancellationToken cancellationToken)
    {
        if (Loopback.IsFree(server.PrimaryEndpoint.Port))
        {
            return false;
        }

        try
        {
            // The generated password proves that the node is ours.
            var factory = new ConnectionFactory { Uri = new Uri((await server.GetValueAsync(cancellationToken))!), AutomaticRecoveryEnabled = false };
            await using var connection = await factory.CreateConnectionAsync(cancellationToken);
            return true;
        }
        catch (BrokerUnreachableException)
        {
            return false;
        }
    }

    // default_user takes guest's place in an empty node, so no guest ever exists. The write-ahead log of quorum queues is kept in memory
    // up to its size; 64 MiB instead of 512 MiB is plenty for wake-up messages.
    private string Configuration()
    {
        var settings = new Dictionary<string, string>
        {
            ["listeners.tcp.local"] = $"{Loopback.Address}:{server.PrimaryEndpoint.Port}",
            ["default_user"] = RabbitMQServerResource.UserName,
            ["default_pass"] = server.PasswordParameter.Value,
            [$"loopback_users.{RabbitMQServerResource.UserName}"] = "true",
            ["log.console"] = "true",
            ["log.console.level"] = "info",
            ["log.file"] = "false",
            ["raft.wal_max_size_bytes"] = "67108864",
            ["disk_free_limit.absolute"] = "200MB",
        };
        foreach (var (key, value) in server.Settings)
        {
            settings[key] = value;
        }

        return string.Concat(settings.Select(s => $"{s.Key} = {s.Value}\n"));
    }

    private Dictionary<string, string?> Variables(string folder)
    {
        var distribution = new EndpointReference(server, "distribution").Port;
        return new(StringComparer.Ordinal)
        {
            ["HOME"] = folder,
            ["RABBITMQ_NODENAME"] = $"agentops-{home.Hash}@localhost",
            ["RABBITMQ_NODE_IP_ADDRESS"] = Loopback.Address,
            ["RABBITMQ_NODE_PORT"] = $"{server.PrimaryEndpoint.Port}",
            ["RABBITMQ_DIST_PORT"] = $"{distribution}",
            ["ERL_EPMD_ADDRESS"] = Loopback.Address,
            ["ERL_EPMD_PORT"] = $"{server.PortMapper.PrimaryEndpoint.Port}",
            ["RABBITMQ_MNESIA_BASE"] = Path.Combine(folder, "mnesia"),
            ["RABBITMQ_LOG_BASE"] = Path.Combine(folder, "log"),
            ["RABBITMQ_PID_FILE"] = Path.Combine(folder, "pid"),
            ["RABBITMQ_ENABLED_PLUGINS_FILE"] = Path.Combine(folder, "enabled_plugins"),
            ["RABBITMQ_GENERATED_CONFIG_DIR"] = Path.Combine(folder, "config"),
            ["RABBITMQ_CONFIG_FILE"] = Path.Combine(folder, "rabbitmq.conf"),
            ["RABBITMQ_ADVANCED_CONFIG_FILE"] = Path.Combine(folder, "advanced.config"),
            ["RABBITMQ_CONF_ENV_FILE"] = Path.Combine(folder, "no-environment-file"),
            // Schedulers neither spin when idle nor claim cores of their own.
            ["RABBITMQ_SCHEDULER_BUSY_WAIT_THRESHOLD"] = "none",
            ["RABBITMQ_SCHEDULER_BIND_TYPE"] = "u",
            ["RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS"] = "-kernel inet_dist_use_interface {127,0,0,1}",
            // Also for the short-lived Erlang that the node starts every minute to see whether there is a port mapper: it must not leave one behind.
            ["ERL_AFLAGS"] = "-start_epmd false",
            // The script then becomes the node instead of standing beside it, so signals and exit codes are the node's own.
            ["RUNNING_UNDER_SYSTEMD"] = "true",
        };
    }

    private async Task WriteAsync(string folder, string name, string text, CancellationToken cancellationToken)
    {
        var path = Path.Combine(folder, name);
        StateFolder.WritePrivate(path, text);
        if (User is not null)
        {
            await Command.RunAsync(null, "/", "chown", [$"{User}:{User}", path], cancellationToken);
        }
    }
}
