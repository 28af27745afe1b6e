using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using AgentOps.Contracts;
using AgentOps.Proofs;

namespace AgentOps.Exports.Tests;

/// <summary>A model's folder and its signature, whatever is done to either.</summary>
public sealed class AModelsSignature : IDisposable
{
    private const string Statement = "the statement";
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("model-signature-");
    private readonly string _signature;

    public AModelsSignature()
    {
        foreach (var (name, content) in Contents)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(InFolder(name))!);
            File.WriteAllText(InFolder(name), content);
        }
        _signature = InFolder("model.sig");
        File.WriteAllText(_signature, ModelSigning.Sign("household-agent", SignedFiles.Of(Contents), _key));
    }

    // Not in the order of their names: the order is the writer's work.
    private static (string Name, string Content)[] Contents => [("model.safetensors", "weights"), ("config.json", "{}"), ("original/tokenizer.json", "[]")];

    private string InFolder(string name) => Path.Combine(_folder.FullName, name);

    public void Dispose()
    {
        _key.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task It_verifies_the_folder_offline_and_says_what_was_signed()
    {
        var verified = await VerifyAsync();

        Assert.Equal("household-agent", verified.Name);
        Assert.Equal(["config.json", "model.safetensors", "original/tokenizer.json"], verified.Files.Select(file => file.Name));
        // Section 5: SHA-256 over the raw digests in the order of the names.
        Assert.Equal(Digest.Of([.. SHA256.HashData("{}"u8), .. SHA256.HashData("weights"u8), .. SHA256.HashData("[]"u8)]), verified.Digest);
    }

    [Theory]
    [InlineData("model.safetensors", "weightS", "model.safetensors has the digest")]
    [InlineData("original/more.bin", "", "original/more.bin lies in the folder and was not signed")]
    [InlineData(".gitconfig", "", ".gitconfig lies in the folder and was not signed")]
    [InlineData("original/.gitignore", "", "original/.gitignore lies in the folder and was not signed")]
    public async Task A_file_that_was_changed_or_added_is_named(string name, string content, string sentence)
    {
        await File.WriteAllTextAsync(InFolder(name), content);
        await AssertRefusedAsync(sentence);
    }

    [Fact]
    public async Task A_file_that_is_gone_is_named()
    {
        File.Delete(InFolder("config.json"));
        await AssertRefusedAsync("config.json was signed and is not there");
    }

    [Fact]
    public async Task A_symbolic_link_is_refused_though_it_leads_to_the_same_bytes()
    {
        File.Move(InFolder("config.json"), InFolder("original/config.json"));
        File.CreateSymbolicLink(InFolder("config.json"), InFolder("original/config.json"));
        await AssertRefusedAsync("config.json is a symbolic link");
    }

    [Fact]
    public async Task What_git_keeps_beside_a_model_is_left_out_where_it_is_no_part_of_it()
    {
        Directory.CreateDirectory(InFolder(".git/objects"));
        await File.WriteAllTextAsync(InFolder(".git/objects/1"), "");
        await File.WriteAllTextAsync(InFolder(".gitattributes"), "");
        await VerifyAsync();

        await File.WriteAllTextAsync(_signature, ModelSigning.Sign("household-agent", SignedFiles.Of([.. Contents, (".gitattributes", "*.safetensors lfs")]), _key));
        await AssertRefusedAsync(".gitattributes has the digest");
    }

    [Theory]
    [InlineData("mediaType", "text/plain", "no Sigstore bundle")]
    [InlineData("verificationMaterial.publicKey.hint", "e8450dec", "signed with the key e8450dec")]
    [InlineData("verificationMaterial.publicKey", null, "not signed with a key")]
    [InlineData("dsseEnvelope.payloadType", "application/json", "'application/json'; expected")]
    [InlineData("dsseEnvelope.payload", "e30=", "changed after it was signed")]
    [InlineData("dsseEnvelope.payload", "%", "payload is not base64")]
    [InlineData("dsseEnvelope.signatures.0.sig", "MEUCIQ==", "changed after it was signed")]
    [InlineData("dsseEnvelope.signatures", null, "malformed")]
    [InlineData(Statement + "._type", "https://in-toto.io/Statement/v0.1", "changed after it was signed")]
    [InlineData(Statement + ".subject.0.name", "another-agent", "changed after it was signed")]
    [InlineData(Statement + ".subject.0.digest.sha256", "00", "changed after it was signed")]
    [InlineData(Statement + ".predicateType", "https://example.com/v1", "changed after it was signed")]
    [InlineData(Statement + ".predicate.resources.0.name", "config.yaml", "changed after it was signed")]
    [InlineData(Statement + ".predicate.resources.0.digest", "00", "changed after it was signed")]
    [InlineData(Statement + ".predicate.resources.0.algorithm", "blake2b", "changed after it was signed")]
    [InlineData(Statement + ".predicate.serialization.method", "shards", "changed after it was signed")]
    [InlineData(Statement + ".predicate.serialization.hash_type", "blake3", "changed after it was signed")]
    [InlineData(Statement + ".predicate.serialization.allow_symlinks", "yes", "changed after it was signed")]
    [InlineData(Statement + ".predicate.serialization.ignore_paths.0", "model.safetensors", "changed after it was signed")]
    public async Task A_signature_of_which_anything_was_changed_proves_nothing(string path, string? value, string sentence)
    {
        await File.WriteAllTextAsync(_signature, Changed(await File.ReadAllTextAsync(_signature), path, value));
        await AssertRefusedAsync(sentence);
    }

    [Theory]
    [InlineData("_type", "https://in-toto.io/Statement/v0.1", "no list of a model's files")]
    [InlineData("predicateType", "https://slsa.dev/provenance/v1", "no list of a model's files")]
    [InlineData("subject.0.digest.sha256", "92745110b1ab4368471cbe31664e10174e954b113a3df333db860317b2c6dec4", "but its files make")]
    [InlineData("predicate.resources.0.name", "../config.json", "leaves the model's folder")]
    [InlineData("predicate.resources.1.name", "config.json", "stands twice")]
    [InlineData("predicate.resources.0.algorithm", "blake2b", "by blake2b")]
    [InlineData("predicate.serialization.method", "shards", "by shards")]
    [InlineData("predicate.serialization.hash_type", "blake3", "with blake3")]
    public async Task Even_the_key_itself_cannot_sign_what_is_no_model(string path, string value, string sentence)
    {
        await SignAnewAsync(statement => Changed(statement, path, value));
        await AssertRefusedAsync(sentence);
    }

    [Theory]
    [InlineData("subject.0", "about one model")]
    [InlineData("predicate.resources.0", "One of the model's files is null")]
    [InlineData("predicate.serialization.ignore_paths.0", "One of the paths that are left out is null")]
    public async Task An_element_that_is_null_is_refused_in_what_was_signed(string path, string sentence)
    {
        await SignAnewAsync(statement => Emptied(statement, path));
        await AssertRefusedAsync(sentence);
    }

    [Fact]
    public async Task A_signature_that_is_null_is_refused()
    {
        await File.WriteAllTextAsync(_signature, Emptied(await File.ReadAllTextAsync(_signature), "dsseEnvelope.signatures.0"));
        await AssertRefusedAsync("One of the envelope's signatures is null");
    }

    [Fact]
    public async Task Another_key_does_not_verify_it_even_when_the_hint_is_gone()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        await Assert.ThrowsAsync<SignatureRefusedException>(() => ModelFolder.VerifyAsync(_folder.FullName, _signature, [PublicKey.Of(other)]));
        await File.WriteAllTextAsync(_signature, Changed(await File.ReadAllTextAsync(_signature), "verificationMaterial.publicKey.hint", null));
        await VerifyAsync();
        await Assert.ThrowsAsync<SignatureRefusedException>(() => ModelFolder.VerifyAsync(_folder.FullName, _signature, [PublicKey.Of(other)]));
    }

    [Fact]
    public async Task A_named_pipe_beside_its_files_is_refused_without_waiting_for_a_writer()
    {
        using (var mkfifo = System.Diagnostics.Process.Start("mkfifo", [Path.Combine(_folder.FullName, "pipe")]))
            await mkfifo.WaitForExitAsync();

        await AssertRefusedAsync("pipe is no regular file");
    }

    [Fact]
    public void The_ledgers_public_key_is_read_as_it_lies_beside_the_checkpoints_and_as_pem()
    {
        var own = PublicKey.Of(_key);
        var note = new NoteSigner("agentops.ledger/1", _key).PublicKey;

        Assert.Equal(own.Hint, Assert.Single(PublicKey.Read(note + "\n")).Hint);
        Assert.Equal(own.Hint, Assert.Single(PublicKey.Read(own.Pem)).Hint);
        Assert.Equal(2, PublicKey.Read($"{note}\n{note}\n").Count);
        Assert.Throws<FormatException>(() => PublicKey.Read("no key"));
        Assert.Throws<FormatException>(() => PublicKey.Read(" \n"));
    }

    [Fact]
    public void What_is_signed_is_the_encoding_of_the_envelopes_specification() =>
        // The example of DSSE's protocol.md.
        Assert.Equal("DSSEv1 29 http://example.com/HelloWorld 11 hello world", Encoding.UTF8.GetString(Dsse.PreAuthenticationEncoding("http://example.com/HelloWorld", "hello world"u8)));

    private Task<SignedModel> VerifyAsync() => ModelFolder.VerifyAsync(_folder.FullName, _signature, [PublicKey.Of(_key)]);

    private async Task AssertRefusedAsync(string sentence) => Assert.Contains(sentence, (await Assert.ThrowsAsync<SignatureRefusedException>(VerifyAsync)).Message);

    private async Task SignAnewAsync(Func<string, string> change)
    {
        var bundle = JsonNode.Parse(await File.ReadAllTextAsync(_signature))!;
        var statement = change(Encoding.UTF8.GetString(Convert.FromBase64String((string)bundle["dsseEnvelope"]!["payload"]!)));
        bundle["dsseEnvelope"] = JsonNode.Parse(System.Text.Json.JsonSerializer.Serialize(Dsse.Sign(Encoding.UTF8.GetBytes(statement), _key), System.Text.Json.JsonSerializerOptions.Web));
        await File.WriteAllTextAsync(_signature, bundle.ToJsonString());
    }

    /// <summary>The document with null in the place of an element.</summary>
    private static string Emptied(string document, string path)
    {
        var root = JsonNode.Parse(document)!;
        var steps = path.Split('.');
        steps[..^1].Aggregate(root, (node, step) => node[step]!).AsArray()[int.Parse(steps[^1])] = null;
        return root.ToJsonString();
    }

    /// <summary>The document with one member changed, or gone; a path into the statement goes through its base64.</summary>
    private static string Changed(string document, string path, string? value)
    {
        var root = JsonNode.Parse(document)!;
        if (path.StartsWith(Statement, StringComparison.Ordinal))
        {
            var payload = Encoding.UTF8.GetString(Convert.FromBase64String((string)root["dsseEnvelope"]!["payload"]!));
            root["dsseEnvelope"]!["payload"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(Changed(payload, path[(Statement.Length + 1)..], value)));
            return root.ToJsonString();
        }
        var steps = path.Split('.');
        var parent = steps[..^1].Aggregate(root, (node, step) => int.TryParse(step, out var index) ? node[index]! : node[step]!);
        if (value is null)
            parent.AsObject().Remove(steps[^1]);
        else if (parent is JsonArray list)
            list[int.Parse(steps[^1])] = value;
        else
            parent[steps[^1]] = value;
        return root.ToJsonString();
    }
}
