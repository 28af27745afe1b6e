using System.Security.Cryptography;
using AgentOps.Proofs;
using AgentOps.Proofs.Tests;

namespace AgentOps.Cli.Tests;

public sealed class evidence_is_verified_offline : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentops-evidence-").FullName;
    private readonly SampleBundle _bundle = new();

    private string Bundle => Path.Combine(_folder, "evidence.zip");

    private string Key => Path.Combine(_folder, "key.pub");

    [Fact]
    public async Task A_whole_bundle_under_the_trusted_key_is_an_answer_of_yes()
    {
        await WriteAsync(_bundle.Signer.PublicKey);

        Assert.Equal(ExitCode.Success, await Root.RunAsync(["audit", "verify", Bundle, "--key", Key]));
        Assert.Equal(ExitCode.Success, await Root.RunAsync(["audit", "verify", Bundle]));
        Assert.Equal(ExitCode.Success, await Root.RunAsync(["audit", "verify", Bundle, "--json"]));
    }

    [Fact]
    public async Task A_deployment_that_an_alias_named_is_proved_with_the_approval_and_without_it_is_not()
    {
        _bundle.Moved().Deployed();
        await WriteAsync(_bundle.Signer.PublicKey);
        Assert.Equal(ExitCode.Success, await Root.RunAsync(["audit", "verify", Bundle, "--key", Key]));
        Assert.Equal(ExitCode.Success, await Root.RunAsync(["audit", "verify", Bundle, "--json"]));

        _bundle.Decisions.Remove(_bundle.PositionOf("model.alias-move-approved.v1"));
        await WriteAsync(_bundle.Signer.PublicKey);
        Assert.Equal(ExitCode.Failed, await Root.RunAsync(["audit", "verify", Bundle, "--key", Key]));
    }

    [Fact]
    public async Task Another_key_or_a_swapped_file_is_an_answer_of_no()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await WriteAsync(new NoteSigner("agentops.ledger/other", other).PublicKey);
        Assert.Equal(ExitCode.Failed, await Root.RunAsync(["audit", "verify", Bundle, "--key", Key]));

        _bundle.Change = (name, text) => name == "model/config.json" ? "{ }" : text;
        await WriteAsync(_bundle.Signer.PublicKey);
        Assert.Equal(ExitCode.Failed, await Root.RunAsync(["audit", "verify", Bundle, "--key", Key]));
    }

    [Fact]
    public async Task A_file_that_is_not_there_is_a_wrong_call() =>
        Assert.Equal(ExitCode.Usage, await Root.RunAsync(["audit", "verify", Bundle]));

    [Fact]
    public async Task An_export_into_a_folder_that_is_not_there_is_a_wrong_call()
    {
        await using var gateway = new ScriptedServer((200, "zip"));

        Assert.Equal(ExitCode.Usage, await Root.RunAsync(["audit", "export", "agent:1", "--out", Path.Combine(_folder, "none", "evidence.zip"), "--url", gateway.Address, "--key", "k"]));
        Assert.Equal(0, gateway.Answered);
    }

    [Fact]
    public async Task An_export_writes_the_whole_answer_and_leaves_nothing_beside_it()
    {
        await using var gateway = new ScriptedServer((200, "the bundle"));

        Assert.Equal(ExitCode.Success, await Root.RunAsync(["audit", "export", "agent:1", "--out", Bundle, "--url", gateway.Address, "--key", "k"]));

        Assert.Equal("the bundle", await File.ReadAllTextAsync(Bundle));
        Assert.Single(Directory.GetFiles(_folder));
    }

    public void Dispose()
    {
        _bundle.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private async Task WriteAsync(NoteKey key)
    {
        await File.WriteAllTextAsync(Key, key.ToString());
        await File.WriteAllBytesAsync(Bundle, _bundle.Written().ToArray());
    }
}
