using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace AgentOps.Exports.Tests;

/// <summary>The test vectors and schemas of the Model Signing specification itself.</summary>
public sealed class ModelSigningConformance : IDisposable
{
    private const string Vectors = "model-signing/test-vectors/v1.0";
    private const string Schemas = "model-signing/schemas/v1.0";
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("model-signing-");

    public void Dispose() => _folder.Delete(recursive: true);

    [FactByTheSpecification]
    public async Task The_valid_vector_of_a_key_verifies_the_model_that_it_was_made_for()
    {
        // The files that the specification's own tool signs in its tests; the digests in the vector are theirs.
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "signme-1"), "signme-1\n");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "signme-2"), "signme-2");
        await File.WriteAllTextAsync(Path.Combine(_folder.FullName, "ignore-me"), "whatever");
        var vector = SpecData.PathOf($"{Vectors}/valid/key.bundle.json");

        var verified = await ModelFolder.VerifyAsync(_folder.FullName, vector, [VectorKey()]);

        Assert.Equal(["signme-1", "signme-2"], verified.Files.Select(file => file.Name));
        Assert.Equal("sha256:92745110b1ab4368471cbe31664e10174e954b113a3df333db860317b2c6dec4", verified.Digest.ToString());
        await File.AppendAllTextAsync(Path.Combine(_folder.FullName, "signme-2"), "!");
        await Assert.ThrowsAsync<SignatureRefusedException>(() => ModelFolder.VerifyAsync(_folder.FullName, vector, [VectorKey()]));
    }

    [TheoryByTheSpecification]
    [InlineData("certificate")]
    [InlineData("sigstore")]
    public void The_envelopes_of_other_methods_are_signed_by_their_certificates_and_are_not_taken_for_a_keys(string method)
    {
        var bundle = SpecData.Read($"{Vectors}/valid/{method}.bundle.json");
        var envelope = JsonDocument.Parse(bundle).RootElement.GetProperty("dsseEnvelope").Deserialize<DsseEnvelope>(JsonSerializerOptions.Web)!;
        Assert.Contains("https://in-toto.io/Statement/v1", Encoding.UTF8.GetString(Dsse.Open(envelope, [KeyIn(method)])));
        Assert.Contains("certificate", Assert.Throws<SignatureRefusedException>(() => ModelSigning.Open(bundle, [KeyIn(method)])).Message);
    }

    [TheoryByTheSpecification]
    [InlineData("invalid/empty")]
    [InlineData("invalid/missing-envelope")]
    [InlineData("invalid/missing-tlog-entries")]
    [InlineData("invalid/missing-verification-material")]
    [InlineData("invalid-payload/wrong-predicate")]
    public void Invalid_vectors_are_refused(string vector) =>
        Assert.Throws<SignatureRefusedException>(() => ModelSigning.Open(SpecData.Read($"{Vectors}/{vector}.bundle.json"), [VectorKey()]));

    [FactByTheSpecification]
    public void A_signature_is_what_the_schemas_of_bundle_statement_and_predicate_ask_for()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var bundle = ModelSigning.Sign("household-agent", SignedFiles.Of(("config.json", "{}"), ("model.safetensors", "weights")), key);

        SpecData.AssertValid(bundle, $"{Schemas}/bundle.schema.json", $"{Schemas}/envelope.schema.json");
        var statement = Encoding.UTF8.GetString(Convert.FromBase64String((string)JsonNode.Parse(bundle)!["dsseEnvelope"]!["payload"]!));
        SpecData.AssertValid(statement, $"{Schemas}/statement.schema.json", $"{Schemas}/predicate.schema.json");
    }

    [FactByTheSpecification]
    public void The_schemas_refuse_what_is_no_signature() => Assert.False(SpecData.IsValid("""{"mediaType": "text/plain"}""", $"{Schemas}/bundle.schema.json", $"{Schemas}/envelope.schema.json"));

    /// <summary>The vectors of both methods were made with one key, which the certificate carries and the hint of the other names.</summary>
    private static PublicKey VectorKey()
    {
        var key = KeyIn("certificate");
        Assert.Equal("e8450dec4eb99dae995da9af1bc2cc9f76ed669ee2e744f57abba763df3e3f8e", key.Hint);
        return key;
    }

    private static PublicKey KeyIn(string method)
    {
        var material = JsonNode.Parse(SpecData.Read($"{Vectors}/valid/{method}.bundle.json"))!["verificationMaterial"]!;
        var encoded = (string)(material["certificate"] ?? material["x509CertificateChain"]!["certificates"]![0])!["rawBytes"]!;
        using var certificate = X509CertificateLoader.LoadCertificate(Convert.FromBase64String(encoded));
        using var key = certificate.GetECDsaPublicKey()!;
        return PublicKey.Of(key);
    }
}
