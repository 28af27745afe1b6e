using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Json.Schema;

namespace AgentOps.Exports.Tests;

/// <summary>The provenance in the hands of others: the published schemas of a DSSE envelope and an in-toto statement, and securesystemslib, with which in-toto and TUF verify: Debian's python3-securesystemslib.</summary>
public sealed class SlsaConformance : IDisposable
{
    private const string Schemas = "model-signing/schemas/v1.0";

    // DSSE's pre-authentication encoding, as the protocol writes it: github.com/secure-systems-lab/dsse, protocol.md.
    private const string Program = """
        import base64, json, sys
        from securesystemslib import ecdsa_keys
        read = json.load(sys.stdin)
        envelope = read["envelope"]
        body, kind = base64.b64decode(envelope["payload"]), envelope["payloadType"].encode()
        signed = b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(body), body)
        print(ecdsa_keys.verify_signature(read["key"], "ecdsa-sha2-nistp256", base64.b64decode(envelope["signatures"][0]["sig"]), signed))
        """;

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly string _envelope;

    public SlsaConformance() => _envelope = SlsaProvenance.Write(new SampleLineage().Lineage, _key);

    public void Dispose() => _key.Dispose();

    [FactByTheSpecification]
    public void The_envelope_and_the_statement_in_it_are_what_their_schemas_ask_for()
    {
        SpecData.AssertValid(_envelope, $"{Schemas}/envelope.schema.json");
        var statement = Encoding.UTF8.GetString(Convert.FromBase64String((string)JsonNode.Parse(_envelope)!["payload"]!));
        Assert.True(IsStatement(statement), statement);
        Assert.False(IsStatement(statement.Replace("\"subject\"", "\"subjects\"", StringComparison.Ordinal)));
        Assert.False(IsStatement(statement.Replace("https://in-toto.io/Statement/v1", "https://in-toto.io/Statement/v0.1", StringComparison.Ordinal)));
    }

    [FactWithPython("securesystemslib", "python3-securesystemslib")]
    public void Another_library_verifies_the_signature_and_refuses_it_for_another_statement()
    {
        var envelope = JsonNode.Parse(_envelope)!;
        Assert.Equal("True", Verified(envelope));

        var payload = Encoding.UTF8.GetString(Convert.FromBase64String((string)envelope["payload"]!));
        envelope["payload"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(payload.Replace("household-agent:2", "household-agent:3", StringComparison.Ordinal)));
        Assert.Equal("False", Verified(envelope));
    }

    private string Verified(JsonNode envelope) =>
        Python.Run(Program, new JsonObject { ["envelope"] = envelope.DeepClone(), ["key"] = PublicKey.Of(_key).Pem }.ToJsonString()).Trim();

    /// <summary>By the statement's schema, but for the predicate, which is there that of Model Signing.</summary>
    private static bool IsStatement(string statement)
    {
        var schema = JsonNode.Parse(SpecData.Read($"{Schemas}/statement.schema.json"))!.AsObject();
        schema.Remove("$id");
        schema["properties"]!["predicateType"] = new JsonObject { ["const"] = SlsaProvenance.PredicateType };
        schema["properties"]!["predicate"] = new JsonObject { ["type"] = "object" };
        using var parsed = JsonDocument.Parse(statement);
        return JsonSchema.FromText(schema.ToJsonString()).Evaluate(parsed.RootElement).IsValid;
    }
}
