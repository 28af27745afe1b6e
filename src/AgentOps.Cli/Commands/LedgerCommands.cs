using System.CommandLine;
using System.Text.Json;
using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops ledger migrate|verify</c>: these speak to the database itself, not to the gateway.</summary>
public static class LedgerCommands
{
    private const string AdminConnection = "ConnectionStrings__ledger-admin";

    // Whoever may read the ledger can verify it: the administrator's rights are not kept for that.
    private const string Reader = "registry";

    public static Command Create()
    {
        Command ledger = new("ledger", "The ledger's own maintenance.");
        Command migrate = new("migrate", "Bring the database to this version's schema; the AppHost does it at every start.");
        migrate.SetAction((_, ct) => MigrateAsync(ct));
        ledger.Subcommands.Add(migrate);
        Command verify = new("verify", "Recompute every event's leaf and the tree's root; exit code 1 and the first position that does not fit where something was changed.");
        verify.SetAction((_, ct) => VerifyAsync(ct));
        ledger.Subcommands.Add(verify);
        return ledger;
    }

    private static async Task<int> MigrateAsync(CancellationToken ct)
    {
        try
        {
            var passwords = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Setting("AGENTOPS_ROLE_PASSWORDS"), ct))!;
            await LedgerMigration.RunAsync(Setting(AdminConnection), [.. passwords.Select(role => new ServiceRole(role.Key, role.Value))], ct);
            RememberConnection(passwords[Reader]);
            Console.WriteLine("The ledger's schema is current.");
            return ExitCode.Success;
        }
        catch (Exception failed) when (failed is LedgerMigrationException or NpgsqlException or IOException or UnauthorizedAccessException or JsonException or CommandFailedException)
        {
            await Console.Error.WriteLineAsync($"The ledger was not migrated: {failed.Message}");
            return ExitCode.Failed;
        }
    }

    private static async Task<int> VerifyAsync(CancellationToken ct)
    {
        try
        {
            await using var db = NpgsqlDataSource.Create(Connected());
            var report = await LedgerVerification.RunAsync(db, ct);
            Console.WriteLine($"{report.Events} events, {report.Sealed} of them under the sealed root {Convert.ToHexStringLower(report.Root)}.");
            if (report.Fault is { } fault)
                await Console.Error.WriteLineAsync($"The ledger was changed: position {fault.Position}: {fault.Reason}");
            else
                Console.WriteLine("Every leaf and the root fit.");
            return report.Holds ? ExitCode.Success : ExitCode.Failed;
        }
        catch (CommandFailedException failed)
        {
            await Console.Error.WriteLineAsync(failed.Message);
            return failed.ExitCode;
        }
        catch (NpgsqlException unreachable)
        {
            await Console.Error.WriteLineAsync($"The ledger cannot be read: {unreachable.Message}. Is the stack running?");
            return ExitCode.Unreachable;
        }
    }

    /// <summary>The running stack's database, for <c>verify</c> beside it: readable by its owner alone.</summary>
    private static void RememberConnection(string password)
    {
        var file = ConnectionFile();
        File.WriteAllText(file, "");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(file, new NpgsqlConnectionStringBuilder(Setting(AdminConnection)) { Username = Reader, Password = password }.ConnectionString);
    }

    private static string Connected()
    {
        if (Environment.GetEnvironmentVariable(AdminConnection) is { Length: > 0 } given)
            return given;
        return File.Exists(ConnectionFile())
            ? File.ReadAllText(ConnectionFile())
            : throw new CommandFailedException($"There is no ledger here: set {AdminConnection}, or run this where the stack's state folder is ({ConnectionFile()} does not exist).", ExitCode.Usage);
    }

    private static string ConnectionFile() => Path.Combine(Connection.Home(), "ledger.connection");

    private static string Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
        ? value
        : throw new CommandFailedException($"the environment variable {name} is not set; the AppHost sets it.", ExitCode.Usage);
}
