using System.CommandLine;
using System.Text.Json;
using AgentOps.Ledger;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops ledger migrate|verify</c>: these speak to the database itself, not to the gateway.</summary>
public static class LedgerCommands
{
    public static Command Create()
    {
        Command ledger = new("ledger", "The ledger's own maintenance.");
        Command migrate = new("migrate", "Bring the database to this version's schema; the AppHost does it at every start.");
        migrate.SetAction((_, ct) => MigrateAsync(ct));
        ledger.Subcommands.Add(migrate);
        return ledger;
    }

    private static async Task<int> MigrateAsync(CancellationToken ct)
    {
        try
        {
            var passwords = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Setting("AGENTOPS_ROLE_PASSWORDS"), ct))!;
            await LedgerMigration.RunAsync(Setting("ConnectionStrings__ledger-admin"), [.. passwords.Select(role => new ServiceRole(role.Key, role.Value))], ct);
            Console.WriteLine("The ledger's schema is current.");
            return ExitCode.Success;
        }
        catch (Exception failed) when (failed is LedgerMigrationException or Npgsql.NpgsqlException or IOException or JsonException or CommandFailedException)
        {
            await Console.Error.WriteLineAsync($"The ledger was not migrated: {failed.Message}");
            return ExitCode.Failed;
        }
    }

    private static string Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
        ? value
        : throw new CommandFailedException($"the environment variable {name} is not set; the AppHost sets it.", ExitCode.Usage);
}
