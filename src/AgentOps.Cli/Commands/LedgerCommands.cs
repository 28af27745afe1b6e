using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using AgentOps.Ledger;
using Npgsql;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops ledger migrate|verify|export|rotate-key</c>: the first two speak to the database itself, the others to the gateway.</summary>
public static class LedgerCommands
{
    internal const string AdminConnection = "ConnectionStrings__ledger-admin";

    private static readonly Option<FileInfo> Out = new("--out") { Description = "The file to write.", Required = true };

    public static Command Create()
    {
        Command ledger = new("ledger", "The ledger itself: verify it, export it, rotate its key.");
        Command migrate = new("migrate", "Bring the database to this version's schema; the AppHost does it at every start.");
        migrate.SetAction((_, ct) => MigrateAsync(ct));
        ledger.Subcommands.Add(migrate);
        ledger.Subcommands.Add(LedgerVerifyCommand.Create());
        ledger.Subcommands.Add(new Command("export", "Write every signed event with its exact bytes, and all checkpoints, into a file that `ledger verify` verifies without the stack.") { Out }.Doing(ExportAsync));
        ledger.Subcommands.Add(new Command("rotate-key", "Let another key sign the ledger from here on; an event that the old key signs says so, and the old private key is removed.").Doing(RotateAsync));
        return ledger;
    }

    private static async Task<int> ExportAsync(ParseResult parsed, Gateway gateway, CancellationToken ct)
    {
        var target = parsed.GetValue(Out)!.FullName;
        await gateway.DownloadAsync("/api/v1/ledger/export", target, ct);
        return Output.Print(parsed, JsonSerializer.SerializeToElement(new { file = target }), _ => Console.WriteLine($"{target}: verify it with `agentops ledger verify {Path.GetFileName(target)}`."));
    }

    private static async Task<int> RotateAsync(ParseResult parsed, Gateway gateway, CancellationToken ct) =>
        Output.Print(parsed, await gateway.PostAsync("/api/v1/ledger/rotations", null, ct), rotated => Console.WriteLine(
            $"Event {rotated.Text("position")} rotates the key; from the checkpoint that covers it, in a few seconds, the ledger is signed by {rotated.Text("key")}. Whoever has the first key follows by the event."));

    private static async Task<int> MigrateAsync(CancellationToken ct)
    {
        try
        {
            var passwords = JsonSerializer.Deserialize<Dictionary<string, string>>(await File.ReadAllTextAsync(Setting("AGENTOPS_ROLE_PASSWORDS"), ct))!;
            var reader = RandomNumberGenerator.GetHexString(32);
            await LedgerMigration.RunAsync(Setting(AdminConnection), [.. passwords.Select(role => new ServiceRole(role.Key, role.Value))], reader, ct);
            RememberConnection(reader);
            Console.WriteLine("The ledger's schema is current.");
            return ExitCode.Success;
        }
        catch (Exception failed) when (failed is LedgerMigrationException or NpgsqlException or IOException or UnauthorizedAccessException or JsonException or CommandFailedException)
        {
            await Console.Error.WriteLineAsync($"The ledger was not migrated: {failed.Message}");
            return ExitCode.Failed;
        }
    }

    /// <summary>The running stack's database, for <c>verify</c> beside it: a file that its owner alone can read, of a role that can only read.</summary>
    private static void RememberConnection(string password)
    {
        var file = ConnectionFile();
        File.WriteAllText(file, "");
        if (!OperatingSystem.IsWindows())
            File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        File.WriteAllText(file, new NpgsqlConnectionStringBuilder(Setting(AdminConnection)) { Username = LedgerMigration.Reader, Password = password }.ConnectionString);
    }

    internal static string ConnectionFile() => Path.Combine(Connection.Home(), "ledger.connection");

    private static string Setting(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value
        ? value
        : throw new CommandFailedException($"the environment variable {name} is not set; the AppHost sets it.", ExitCode.Usage);
}
