using System.CommandLine;
using System.Globalization;
using AgentOps.Ledger;
using AgentOps.Proofs;
using Npgsql;

namespace AgentOps.Cli.Commands;

/// <summary><c>agentops ledger verify</c>: the database beside a running stack, or an exported file with nothing else.</summary>
public static class LedgerVerifyCommand
{
    private static readonly Argument<FileInfo?> Exported = new("file") { Description = "A file of `ledger export`, verified without the stack; without it the database is verified.", Arity = ArgumentArity.ZeroOrOne };
    private static readonly Option<FileInfo?> Key = new("--key") { Description = "The ledger's first public key from somebody you trust; without it the folder's own key.pub, or the file's own key is taken." };
    private static readonly Option<DirectoryInfo?> Folder = new("--checkpoints") { Description = "The folder of signed checkpoints, or a copy of it kept elsewhere; default for the database: that of the stack's state folder." };

    // Beside a running stack the last seconds are never cosigned yet; a witness that was away for longer is one to ask about.
    private static readonly TimeSpan MostBehind = TimeSpan.FromMinutes(10);

    private static readonly Option<string?> WitnessKey = new("--witness") { Description = "The public key of a witness, whose cosignatures are looked for; where none fits, or none covers a file's end, the answer is no." };

    public static Command Create()
    {
        Command verify = new("verify", "Recompute every event's leaf and the tree's root, and compare them with every signed checkpoint; exit code 1 and the first position that does not fit where something was changed.") { Exported, Folder, Key, WitnessKey };
        verify.SetAction((parsed, ct) => parsed.GetValue(Exported) is { } file
            ? Task.FromResult(Told().Export(file.FullName, parsed.GetValue(Key)?.FullName, parsed.GetValue(Folder)?.FullName, parsed.GetValue(WitnessKey)))
            : GuardedAsync(() => VerifyDatabaseAsync(parsed.GetValue(Folder), BelievedIn(parsed), ct)));
        return verify;
    }

    private static async Task<int> VerifyDatabaseAsync(DirectoryInfo? copy, Believed believed, CancellationToken ct)
    {
        CheckpointFolder folder = new(copy?.FullName ?? Path.Combine(Connection.Home(), "checkpoints"));
        await using var db = NpgsqlDataSource.Create(Connected());
        // Reads are patient with a database that restarts; that there is none is said at once.
        await using (await db.OpenConnectionAsync(ct))
        {
        }
        var key = believed.Key ?? folder.PublicKey();
        // Before the folder's checkpoints, of which every one is written there first: a stack that runs signs on meanwhile.
        var known = await SignedTree.LastAsync(db, key, ct);
        var checkpoints = believed.Checkpoints ?? folder.All();
        var report = await LedgerVerification.RunAsync(db, key, checkpoints, believed.Witness, ct);
        Console.WriteLine($"{report.Events} events, {report.Sealed} of them under the sealed root {Convert.ToHexStringLower(report.Root)}.{OfflineVerification.Rotated(report.Keys)}");
        Console.WriteLine(checkpoints.Count == 0
            ? "No signed checkpoint is kept outside the database, so a change of events and tree together would not show."
            : $"{report.Checkpoints} of {checkpoints.Count} signed checkpoints fit, the last of {checkpoints[^1].Size} events. {await TailAsync(db, key, ct)}");
        var whole = await HasAllAsync(known, checkpoints, isCopy: copy is not null);
        return Told().Verdict(report.Fault, believed.Witness, report.Witnessed, report.Events, DateTimeOffset.UtcNow - MostBehind) == ExitCode.Success && whole ? ExitCode.Success : ExitCode.Failed;
    }

    private static Believed BelievedIn(ParseResult parsed)
    {
        try
        {
            return Believed.Read(parsed.GetValue(Key)?.FullName, parsed.GetValue(Folder)?.FullName, parsed.GetValue(WitnessKey));
        }
        catch (FormatException wrong)
        {
            throw new CommandFailedException(wrong.Message, ExitCode.Usage);
        }
    }

    private static OfflineVerification Told() => new(Console.Out, Console.Error);

    /// <summary>The stack's own folder has every checkpoint that the database knows; a copy may be older.</summary>
    private static async Task<bool> HasAllAsync(SignedTree? known, IReadOnlyList<KeptCheckpoint> checkpoints, bool isCopy)
    {
        if (known is not { } last || (checkpoints.Count > 0 && checkpoints[^1].Size >= last.Size))
            return true;
        await Console.Error.WriteLineAsync($"The database knows a later checkpoint than the folder holds: {(isCopy ? "this copy is older, or it was removed" : "it was removed there")}.");
        return isCopy;
    }

    private static async Task<string> TailAsync(NpgsqlDataSource db, NoteKey? key, CancellationToken ct)
    {
        var (events, age) = await SignedTree.TailAsync(db, key, ct);
        return events == 0 ? "Nothing is unsigned." : string.Create(CultureInfo.InvariantCulture, $"{events} events are not signed yet, the oldest for {age.TotalSeconds:0.0} s.");
    }

    private static string Connected()
    {
        if (Environment.GetEnvironmentVariable(LedgerCommands.AdminConnection) is { Length: > 0 } given)
            return given;
        return File.Exists(LedgerCommands.ConnectionFile())
            ? File.ReadAllText(LedgerCommands.ConnectionFile())
            : throw new CommandFailedException($"There is no ledger here: set {LedgerCommands.AdminConnection}, or run this where the stack's state folder is ({LedgerCommands.ConnectionFile()} does not exist).", ExitCode.Usage);
    }

    private static async Task<int> GuardedAsync(Func<Task<int>> verify)
    {
        try
        {
            return await verify();
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
            await Console.Error.WriteLineAsync($"The file, the checkpoints or the key cannot be read: {unreadable.Message}");
            return ExitCode.Usage;
        }
        catch (Exception unreachable) when (unreachable is NpgsqlException or LedgerUnavailableException)
        {
            await Console.Error.WriteLineAsync($"The ledger cannot be read: {unreachable.Message}. Is the stack running?");
            return ExitCode.Unreachable;
        }
    }
}
