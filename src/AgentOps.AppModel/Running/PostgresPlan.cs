using AgentOps.AppModel.Processes;
using AgentOps.AppModel.State;
using Aspire.Hosting.ApplicationModel;
using Npgsql;

namespace AgentOps.AppModel.Running;

/// <summary>A private PostgreSQL server: its data folder, its settings, its health, its databases.</summary>
internal sealed class PostgresPlan(PostgresServerResource server, StateFolder home, StackOutput output) : IProcessPlan
{
    private const string PackageUser = "postgres";

    // Small, safe and quiet: fsync, full_page_writes and synchronous_commit stay as PostgreSQL has them, which is on.
    private static readonly IReadOnlyDictionary<string, string> Settings = new Dictionary<string, string>
    {
        ["listen_addresses"] = Loopback.Address,
        ["unix_socket_directories"] = "",
        ["max_connections"] = "300",
        ["shared_buffers"] = "128MB",
        ["max_wal_size"] = "512MB",
        ["password_encryption"] = "scram-sha-256",
        ["timezone"] = "UTC",
        ["log_timezone"] = "UTC",
        ["lc_messages"] = "C.UTF-8",
        ["jit"] = "off",
        ["log_line_prefix"] = "%m [%p] %q%u@%d ",
    };

    public IResource Resource => server;

    public int Replica => 0;

    public bool RunsOnce => false;

    public IReadOnlyList<int> Ports => ProcessPlanNames.PortsOf(server, 0);

    private string? User { get; } = ServiceUser.Of(PackageUser);

    public async Task<ProcessSpec> PrepareAsync(CancellationToken cancellationToken)
    {
        var folder = await ServiceUser.FolderAsync(home, server.Name, User, output, cancellationToken);
        var data = Path.Combine(folder, "data");
        if (!Directory.Exists(data))
        {
            await InitializeAsync(folder, data, cancellationToken);
        }

        var settings = Settings.Append(new("port", $"{server.PrimaryEndpoint.Port}"));
        return new ProcessSpec(
            server.Name,
            Path.Combine(PostgresBinaries.FolderFor(data), "postgres"),
            ["-D", data, .. settings.SelectMany(s => (string[])["-c", $"{s.Key}={s.Value}"])],
            folder,
            home.LogOf(server.Name))
        {
            OnlyThisEnvironment = true,
            Environment = new Dictionary<string, string?> { ["PGDATA"] = data },
            User = User,
            StopSignal = Signal.Interrupt,
        };
    }

    public async Task<bool> IsReadyAsync(SessionProcess process, CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await OpenAsync(cancellationToken);
            return true;
        }
        catch (NpgsqlException)
        {
            return false;
        }
    }

    /// <summary>Creates a database that is not there yet.</summary>
    public async Task CreateDatabaseAsync(string name, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        await using var find = new NpgsqlCommand("SELECT 1 FROM pg_database WHERE datname = $1", connection) { Parameters = { new() { Value = name } } };
        if (await find.ExecuteScalarAsync(cancellationToken) is null)
        {
            await using var create = new NpgsqlCommand($"CREATE DATABASE \"{name.Replace("\"", "\"\"")}\"", connection);
            await create.ExecuteNonQueryAsync(cancellationToken);
        }
    }

    private async Task<NpgsqlConnection> OpenAsync(CancellationToken cancellationToken)
    {
        var connection = new NpgsqlConnection(await server.GetValueAsync(cancellationToken) + ";Database=postgres;Pooling=false;Timeout=5");
        try
        {
            await connection.OpenAsync(cancellationToken);
            return connection;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    // Into a second name first, so that a start that is cut off leaves no half-made data folder.
    private async Task InitializeAsync(string folder, string data, CancellationToken cancellationToken)
    {
        var fresh = data + ".new";
        var password = Path.Combine(folder, "password");
        if (Directory.Exists(fresh))
        {
            Directory.Delete(fresh, recursive: true);
        }

        StateFolder.WritePrivate(password, server.PasswordParameter.Value);
        if (User is not null)
        {
            await Command.RunAsync(null, "/", "chown", [$"{User}:{User}", password], cancellationToken);
        }

        await Command.RunAsync(User, folder, Path.Combine(PostgresBinaries.Newest(), "initdb"),
            ["-D", fresh, "--username=postgres", $"--pwfile={password}", "--locale=C.UTF-8", "--encoding=UTF8", "--auth=scram-sha-256", "--data-checksums"],
            cancellationToken);
        File.Delete(password);
        Directory.Move(fresh, data);
    }
}
