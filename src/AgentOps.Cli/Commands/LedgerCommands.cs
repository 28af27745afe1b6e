using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using AgentOps.Ledger;
using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops ledger migrate|verify</c>: these speak to the database itself, not to the gateway.</summary>
public static class LedgerCommands
{
    private const string AdminConnection = "ConnectionStrings__ledger-admin";

    // Whoever may read the ledger can verify it: the administrator's rights are not kept for that.
    private const string Reader = "registry";

    private static readonly Option<FileInfo?> Key = new("--key") { Description = "The ledger's public key from somebody you trust; without it the folder's own key.pub is taken." };
    private static readonly Option<DirectoryInfo?> Folder = new("--checkpoints") { Description = "The folder of signed checkpoints, or a copy of it kept elsewhere; default: that of the stack's state folder." };

    public static Command Create()
    {
        Command ledger = new("ledger", "The ledger's own maintenance.");
        Command migrate = new("migrate", "Bring the database to this version's schema; the AppHost does it at every start.");
        migrate.SetAction((_, ct) => MigrateAsync(ct));
        ledger.Subcommands.Add(migrate);
        Command verify = new("verify", "Recompute every event's leaf and the tree's root, and compare them with every signed checkpoint; exit code 1 and the first position that does not fit where something was changed.");
        verify.Options.Add(Folder);
        verify.Options.Add(Key);
        verify.SetAction((parsed, ct) => VerifyAsync(parsed.GetValue(Folder), parsed.GetValue(Key), ct));
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

    private static async Task<int> VerifyAsync(DirectoryInfo? copy, FileInfo? trusted, CancellationToken ct)
    {
        var folder = copy?.FullName ?? Path.Combine(Connection.Home(), "checkpoints");
        try
        {
            await using var db = NpgsqlDataSource.Create(Connected());
            var checkpoints = Checkpoints(folder, mustExist: copy is not null, trusted);
            var report = await LedgerVerification.RunAsync(db, checkpoints, ct);
            Console.WriteLine($"{report.Events} events, {report.Sealed} of them under the sealed root {Convert.ToHexStringLower(report.Root)}.");
            Console.WriteLine(checkpoints.Count == 0
                ? "No signed checkpoint is kept outside the database, so a change of events and tree together would not show."
                : $"{report.Checkpoints} of {checkpoints.Count} signed checkpoints fit, the last of {checkpoints[^1].Size} events. {await TailAsync(db, ct)}");
            var whole = await HasAllAsync(db, checkpoints, folder, copy is not null, ct);
            if (report.Fault is { } fault)
                await Console.Error.WriteLineAsync($"The ledger was changed: position {fault.Position}: {fault.Reason}");
            else
                Console.WriteLine("Everything that is there fits.");
            return report.Holds && whole ? ExitCode.Success : ExitCode.Failed;
        }
        catch (CommandFailedException failed)
        {
            await Console.Error.WriteLineAsync(failed.Message);
            return failed.ExitCode;
        }
        catch (FormatException forged)
        {
            await Console.Error.WriteLineAsync(forged.Message);
            return ExitCode.Failed;
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync($"The checkpoints or the key cannot be read: {unreadable.Message}");
            return ExitCode.Usage;
        }
        catch (NpgsqlException unreachable)
        {
            await Console.Error.WriteLineAsync($"The ledger cannot be read: {unreachable.Message}. Is the stack running?");
            return ExitCode.Unreachable;
        }
    }

    private static IReadOnlyList<Checkpoint> Checkpoints(string folder, bool mustExist, FileInfo? trusted)
    {
        CheckpointFolder kept = new(folder);
        if ((trusted is null ? kept.PublicKey() : NoteKey.Parse(File.ReadAllText(trusted.FullName))) is { } key)
            return kept.All(key);
        return mustExist ? throw new CommandFailedException($"{folder} holds no checkpoints: is it the right folder?", ExitCode.Usage) : [];
    }

    /// <summary>The stack's own folder has every checkpoint that the database knows; a copy may be older.</summary>
    private static async Task<bool> HasAllAsync(NpgsqlDataSource db, IReadOnlyList<Checkpoint> checkpoints, string folder, bool isCopy, CancellationToken ct)
    {
        if (await SignedTree.LastAsync(db, ct) is not { } last || (checkpoints.Count > 0 && checkpoints[^1].Size >= last.Size))
            return true;
        await Console.Error.WriteLineAsync($"The database knows a later checkpoint than {folder} holds: {(isCopy ? "this copy is older, or it was removed" : "it was removed there")}.");
        return isCopy;
    }

    private static async Task<string> TailAsync(NpgsqlDataSource db, CancellationToken ct)
    {
        var (events, age) = await SignedTree.TailAsync(db, ct);
        return events == 0 ? "Nothing is unsigned." : string.Create(CultureInfo.InvariantCulture, $"{events} events are not signed yet, the oldest for {age.TotalSeconds:0.0} s.");
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
