using System.Security.Cryptography;
using AgentOps.Contracts;
using AgentOps.Exports;
using AgentOps.Ledger;
using AgentOps.Proofs;

namespace AgentOps.Cli.Tests;

public sealed class a_models_signature_is_verified_offline : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentops-signature-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public a_models_signature_is_verified_offline()
    {
        Directory.CreateDirectory(Model);
        File.WriteAllText(Weights, "weights");
        File.WriteAllText(Signature, ModelSigning.Sign("agent", Files, _key));
        File.WriteAllText(Key, new NoteSigner("agentops.ledger/1", _key).PublicKey + "\n");
    }

    private static ModelFile[] Files => [new("model.safetensors", Digest.Of("weights"u8))];

    private string Model => Path.Combine(_folder, "model");

    private string Weights => Path.Combine(Model, "model.safetensors");

    private string Signature => Path.Combine(_folder, "model.sig");

    private string Key => Path.Combine(_folder, "key.pub");

    [Fact]
    public async Task The_signed_folder_is_an_answer_of_yes() => Assert.Equal(ExitCode.Success, await VerifyAsync());

    [Fact]
    public async Task A_changed_file_or_another_key_is_an_answer_of_no()
    {
        await File.WriteAllTextAsync(Weights, "weightS");
        Assert.Equal(ExitCode.Failed, await VerifyAsync());

        await File.WriteAllTextAsync(Weights, "weights");
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await File.WriteAllTextAsync(Key, PublicKey.Of(other).Pem);
        Assert.Equal(ExitCode.Failed, await VerifyAsync());
    }

    [Fact]
    public async Task After_a_rotation_the_key_before_it_is_refused_with_the_file_to_give_instead_and_the_new_one_is_an_answer_of_yes()
    {
        var (checkpoints, privateKey) = (Path.Combine(_folder, "checkpoints"), Path.Combine(_folder, "log.key"));
        var keys = new LogKeys(new(checkpoints), privateKey);
        keys.MakeNext();
        keys.Replace(2);
        _key.ImportFromPem(await File.ReadAllTextAsync(privateKey));
        await File.WriteAllTextAsync(Signature, ModelSigning.Sign("agent", Files, _key));

        var first = Path.Combine(checkpoints, "key.pub");
        var refused = await Assert.ThrowsAsync<SignatureRefusedException>(async () => await ModelFolder.VerifyAsync(Model, Signature, PublicKey.Read(await File.ReadAllTextAsync(first))));

        Assert.Contains("key-N.pub", refused.Message, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Failed, await VerifyAsync(first));
        Assert.Equal(ExitCode.Success, await VerifyAsync(Path.Combine(checkpoints, "key-2.pub")));
    }

    [Fact]
    public async Task A_key_or_a_signature_that_cannot_be_read_is_a_wrong_call()
    {
        await File.WriteAllTextAsync(Key, "no key");
        Assert.Equal(ExitCode.Usage, await VerifyAsync());
        Assert.Equal(ExitCode.Usage, await Root.RunAsync(["audit", "public-key", Key]));

        File.Delete(Signature);
        Assert.Equal(ExitCode.Usage, await VerifyAsync());
    }

    [Fact]
    public async Task The_ledgers_key_is_printed_for_other_tools() => Assert.Equal(ExitCode.Success, await Root.RunAsync(["audit", "public-key", Key]));

    public void Dispose()
    {
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private Task<int> VerifyAsync(string? key = null) => Root.RunAsync(["audit", "verify-model", Model, "--signature", Signature, "--key", key ?? Key]);
}
