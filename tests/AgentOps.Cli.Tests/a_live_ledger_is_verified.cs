using System.Diagnostics;
using AgentOps.Ledger;
using AgentOps.Ledger.Tests;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;

namespace AgentOps.Cli.Tests;

/// <summary><c>agentops ledger verify</c> where the stack's state folder is: a program of its own beside a running database.</summary>
public sealed class a_live_ledger_is_verified(PrivatePostgres postgres) : IClassFixture<PrivatePostgres>, IAsyncLifetime
{
    private readonly string _home = Directory.CreateTempSubdirectory("agentops-live-").FullName;
    private LedgerDatabase _ledger = null!;

    private string Checkpoints => Path.Combine(_home, "checkpoints");

    private string ConnectionFile => Path.Combine(_home, "ledger.connection");

    public async Task InitializeAsync()
    {
        _ledger = await LedgerDatabase.CreateAsync(postgres);
        await File.WriteAllTextAsync(ConnectionFile, _ledger.ConnectionString(LedgerMigration.Reader));
        await SignedAsync(3);
        await SignedAsync(2);
    }

    public async Task DisposeAsync()
    {
        await _ledger.DisposeAsync();
        Directory.Delete(_home, recursive: true);
    }

    [Fact]
    public async Task A_whole_one_is_an_answer_of_yes_with_what_it_stands_on()
    {
        var (code, said, refused) = await VerifyAsync();

        Assert.Equal((ExitCode.Success, ""), (code, refused));
        Assert.StartsWith("5 events, 5 of them under the sealed root ", said, StringComparison.Ordinal);
        Assert.Contains("2 of 2 signed checkpoints fit, the last of 5 events. Nothing is unsigned.\nEverything that is there fits.\n", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_not_signed_yet_is_said()
    {
        await AppendAsync(1);

        Assert.Contains("1 events are not signed yet, the oldest for ", (await VerifyAsync()).Said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_changed_event_is_an_answer_of_no_that_names_its_position()
    {
        await _ledger.AdminAsync("""SET session_replication_role = replica; UPDATE ledger.event SET meta = '{"actor":"eve"}' WHERE position = 2""");

        var (code, _, refused) = await VerifyAsync();

        Assert.Equal(ExitCode.Failed, code);
        Assert.StartsWith("The ledger was changed: position 2: ", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_checkpoint_that_was_removed_is_an_answer_of_no_and_a_copy_that_is_older_is_none()
    {
        var copy = Directory.CreateDirectory(Path.Combine(_home, "copy")).FullName;
        foreach (var file in Directory.GetFiles(Checkpoints))
            File.Copy(file, Path.Combine(copy, Path.GetFileName(file)));
        foreach (var folder in new[] { Checkpoints, copy })
            File.Delete(new CheckpointFolder(folder).Last()!.Place);

        var (code, _, refused) = await VerifyAsync();
        var older = await VerifyAsync("--checkpoints", copy);

        Assert.Equal((ExitCode.Failed, "The database knows a later checkpoint than the folder holds: it was removed there.\n"), (code, refused));
        Assert.Equal((ExitCode.Success, "The database knows a later checkpoint than the folder holds: this copy is older, or it was removed.\n"), (older.Code, older.Refused));
    }

    [Fact]
    public async Task A_witness_that_has_cosigned_nothing_is_an_answer_of_no()
    {
        using var key = System.Security.Cryptography.ECDsa.Create(System.Security.Cryptography.ECCurve.NamedCurves.nistP256);

        var (code, _, refused) = await VerifyAsync("--witness", new Proofs.CosignatureKey("w", key.ExportSubjectPublicKeyInfo()).ToString());

        Assert.Equal((ExitCode.Failed, "No checkpoint is cosigned by w.\n"), (code, refused));
    }

    [Fact]
    public async Task Where_there_is_no_ledger_or_no_database_the_exit_code_says_which()
    {
        Assert.Equal(ExitCode.Usage, (await VerifyAsync("--key", ConnectionFile)).Code);
        await File.WriteAllTextAsync(ConnectionFile, new NpgsqlConnectionStringBuilder(_ledger.ConnectionString("registry")) { Host = "127.0.0.1", Port = 1 }.ConnectionString);
        Assert.Equal(ExitCode.Unreachable, (await VerifyAsync()).Code);
        File.Delete(ConnectionFile);
        var (code, _, refused) = await VerifyAsync();
        Assert.Equal(ExitCode.Usage, code);
        Assert.StartsWith("There is no ledger here: ", refused, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_migration_leaves_a_way_to_its_database_that_serves_for_reading()
    {
        const string service = "serving";
        File.Delete(ConnectionFile);
        var passwords = Path.Combine(_home, "roles.json");
        await File.WriteAllTextAsync(passwords, $$"""{"{{service}}":"{{new NpgsqlConnectionStringBuilder(_ledger.ConnectionString(service)).Password}}"}""");

        var (code, said, refused) = await LedgerAsync(new() { ["AGENTOPS_ROLE_PASSWORDS"] = passwords, ["ConnectionStrings__ledger-admin"] = _ledger.AdminConnectionString }, "migrate");

        Assert.Equal((ExitCode.Success, "The ledger's schema is current.\n", ""), (code, said, refused));
        Assert.Equal(LedgerMigration.Reader, new NpgsqlConnectionStringBuilder(await File.ReadAllTextAsync(ConnectionFile)).Username);
        Assert.Equal(ExitCode.Success, (await VerifyAsync()).Code);
    }

    private Task<(int Code, string Said, string Refused)> VerifyAsync(params string[] options) => LedgerAsync([], ["verify", .. options]);

    private async Task<(int Code, string Said, string Refused)> LedgerAsync(Dictionary<string, string> environment, params string[] words)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "agentops.dll"), "ledger", .. words]) { RedirectStandardOutput = true, RedirectStandardError = true };
        start.Environment["AGENTOPS_HOME"] = _home;
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var process = Process.Start(start)!;
        var (said, refused) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, await said, await refused);
    }

    private async Task AppendAsync(int count) =>
        await _ledger.Store().AppendAsync([Facts.Write("training-a", Expected.Any, Enumerable.Range(0, count).Select(n => new Counted(n)))], Facts.Tester);

    private async Task SignedAsync(int count)
    {
        await AppendAsync(count);
        var (store, folder) = (_ledger.Store("registry"), new CheckpointFolder(Checkpoints));
        await new Sealer(store, NullLogger<Sealer>.Instance).SealAsync();
        using var publisher = new CheckpointPublisher(store, folder, new LogKeys(folder, Path.Combine(_home, "log.key")), NullLogger<CheckpointPublisher>.Instance);
        await publisher.PublishAsync();
    }
}
