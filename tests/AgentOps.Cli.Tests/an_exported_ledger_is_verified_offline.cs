using AgentOps.Proofs;
using AgentOps.Proofs.Tests;

namespace AgentOps.Cli.Tests;

public sealed class an_exported_ledger_is_verified_offline : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentops-export-").FullName;
    private readonly SampleLog _log = SampleLog.Of([5, 12], 7);

    private string Export => Path.Combine(_folder, "ledger.jsonl");

    private string Key => Path.Combine(_folder, "key.pub");

    private string Kept => Directory.CreateDirectory(Path.Combine(_folder, "kept")).FullName;

    [Fact]
    public async Task A_whole_export_is_an_answer_of_yes_with_key_and_checkpoints_and_without()
    {
        Write(_log);

        Assert.Equal(ExitCode.Success, await VerifyAsync());
        Assert.Equal(ExitCode.Success, await VerifyAsync("--key", Key));
        Assert.Equal(ExitCode.Success, await VerifyAsync("--key", Key, "--checkpoints", Kept));
    }

    [Fact]
    public async Task Another_view_of_the_log_is_an_answer_of_no_for_whoever_kept_its_checkpoints()
    {
        Write(_log);
        var other = _log.Copy();
        other.Events[2] = other.Events[2] with { AtMicroseconds = 1 };
        other.SignAnew(size => _log.Signers[size >= 7 ? 1 : 0]);
        File.WriteAllBytes(Export, other.Exported());

        Assert.Equal(ExitCode.Success, await VerifyAsync("--key", Key));
        Assert.Equal(ExitCode.Failed, await VerifyAsync("--key", Key, "--checkpoints", Kept));
    }

    [Fact]
    public async Task Another_key_is_an_answer_of_no()
    {
        Write(_log);
        File.WriteAllText(Key, SampleLog.NewSigner().PublicKey.ToString());

        Assert.Equal(ExitCode.Failed, await VerifyAsync("--key", Key));
    }

    [Fact]
    public async Task A_file_or_a_folder_that_is_not_there_is_a_wrong_call()
    {
        Assert.Equal(ExitCode.Usage, await VerifyAsync());
        Write(_log);
        Assert.Equal(ExitCode.Usage, await VerifyAsync("--checkpoints", Path.Combine(_folder, "none")));
    }

    [Fact]
    public async Task An_export_writes_the_whole_answer()
    {
        await using var gateway = new ScriptedServer((200, "the ledger"));

        Assert.Equal(ExitCode.Success, await Root.RunAsync(["ledger", "export", "--out", Export, "--url", gateway.Address, "--key", "k"]));

        Assert.Equal("the ledger", await File.ReadAllTextAsync(Export));
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    private Task<int> VerifyAsync(params string[] options) => Root.RunAsync(["ledger", "verify", Export, .. options]);

    private void Write(SampleLog log)
    {
        File.WriteAllText(Key, log.First.ToString());
        File.WriteAllBytes(Export, log.Exported());
        foreach (var kept in log.Checkpoints)
            File.WriteAllText(Path.Combine(Kept, kept.Place), kept.Note);
    }
}
