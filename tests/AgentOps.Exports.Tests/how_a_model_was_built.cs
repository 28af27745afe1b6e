using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using AgentOps.Contracts;

namespace AgentOps.Exports.Tests;

/// <summary>in-toto statement and SLSA provenance of the sample run.</summary>
public sealed class HowAModelWasBuilt : IDisposable
{
    private readonly SampleLineage _sample = new();
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly JsonElement _statement;

    public HowAModelWasBuilt() => _statement = SlsaProvenance.Open(Encoding.UTF8.GetBytes(Envelope()), [PublicKey.Of(_key)]);

    private JsonElement Build => _statement.GetProperty("predicate").GetProperty("buildDefinition");

    private JsonElement Details => _statement.GetProperty("predicate").GetProperty("runDetails");

    public void Dispose() => _key.Dispose();

    [Fact]
    public void The_subject_is_the_model_by_its_digest()
    {
        Assert.Equal("https://in-toto.io/Statement/v1", Text(_statement, "_type"));
        Assert.Equal("https://slsa.dev/provenance/v1", Text(_statement, "predicateType"));
        var subject = Assert.Single(_statement.GetProperty("subject").EnumerateArray());
        Assert.Equal(("household-agent:2", SampleLineage.Dpo.Hex), (Text(subject, "name"), Text(subject.GetProperty("digest"), "sha256")));
    }

    [Fact]
    public void What_level_1_asks_for_is_there_and_the_file_is_as_it_was_submitted()
    {
        Assert.Equal("urn:agentops:build:pipeline:v1", Text(Build, "buildType"));
        Assert.Equal("urn:agentops:ledger:agentops.ledger/0011223344556677", Text(Details.GetProperty("builder"), "id"));
        var pipeline = Build.GetProperty("externalParameters").GetProperty("pipeline").Deserialize<PipelineSpecification>(EventRegistry.Json)!;
        Assert.Equal(JsonSerializer.Serialize(_sample.The<RunSubmitted>().Specification, EventRegistry.Json), JsonSerializer.Serialize(pipeline, EventRegistry.Json));
        Assert.Equal("pipeline", Assert.Single(Build.GetProperty("externalParameters").EnumerateObject()).Name);
    }

    [Fact]
    public void The_times_are_those_of_the_submission_and_of_the_training_that_ended()
    {
        var metadata = Details.GetProperty("metadata");
        Assert.Equal($"urn:agentops:run:{SampleLineage.Run}", Text(metadata, "invocationId"));
        Assert.Equal("2026-11-01T10:00:00.000000Z", Text(metadata, "startedOn"));
        var ended = _sample.Facts.Last(f => f.Data is TrainingCompleted).At;
        Assert.Equal(ended, metadata.GetProperty("finishedOn").GetDateTimeOffset());
        Assert.EndsWith("Z", Text(metadata, "finishedOn"));
    }

    [Fact]
    public void The_steps_that_led_to_the_model_are_there_and_neither_evaluation_nor_promotion()
    {
        var steps = Build.GetProperty("internalParameters").GetProperty("steps").EnumerateArray().ToList();
        Assert.Equal(["base", "1.generate", "2.judge", "3.train.dataset", "3.train", "4.generate", "6.pair", "7.train"], steps.Select(s => Text(s, "path")));
        Assert.Equal(98, steps[^1].GetProperty("work").GetProperty("seed").GetInt64());
        Assert.Equal(["environment/1", "rules/1"], steps[2].GetProperty("by").GetProperty("judge").EnumerateArray().Select(j => j.GetString()));
        Assert.Equal(SampleLineage.Environment, steps[1].GetProperty("by").GetProperty("environment")[0].GetString());
    }

    [Fact]
    public void Every_model_data_set_environment_code_and_library_that_was_read_is_a_dependency_with_its_digest()
    {
        var read = Build.GetProperty("resolvedDependencies").EnumerateArray().ToDictionary(d => Text(d, "uri"), d => d.TryGetProperty("digest", out var digest) ? digest.EnumerateObject().Single().ToString() : null);
        Assert.Equal(new Dictionary<string, string?>
        {
            [$"urn:agentops:code:{Uri.EscapeDataString(SampleLineage.Code)}"] = "\"gitCommit\":\"0123456789abcdef0123456789abcdef01234567\"",
            ["urn:agentops:environment:household"] = null,
            ["urn:agentops:environment:household/2%23sha256:1111111111111111111111111111111111111111111111111111111111111111"] = "\"sha256\":\"1111111111111111111111111111111111111111111111111111111111111111\"",
            [$"urn:agentops:model:{SampleLineage.Base}"] = $"\"sha256\":\"{SampleLineage.Base.Hex}\"",
            [$"urn:agentops:model:{SampleLineage.Sft}"] = $"\"sha256\":\"{SampleLineage.Sft.Hex}\"",
            [$"urn:agentops:dataset:{SampleLineage.SftSet}"] = $"\"sha256\":\"{SampleLineage.SftData.Hex}\"",
            [$"urn:agentops:dataset:{SampleLineage.PairSet}"] = $"\"sha256\":\"{SampleLineage.Pairs.Hex}\"",
            ["pkg:generic/libtorch@1.13.1"] = null,
            ["pkg:generic/dotnet@10.0.0"] = null,
        }.OrderBy(d => d.Key, StringComparer.Ordinal), read.OrderBy(d => d.Key, StringComparer.Ordinal));
    }

    [Fact]
    public void What_another_run_did_to_come_to_the_same_model_is_left_out()
    {
        var other = RunId.From(new("0197f3a0-1c00-7000-8000-000000000002"));
        var training = _sample.Facts.Of<TrainingCompleted>().Last();
        var foreign = training.Fact with { Position = 999, Run = other.Value, Data = training.Event with { Step = new(other, "1.train", 1), Code = "9.9.9" } };
        var lineage = _sample.Lineage with { Facts = [.. _sample.Facts, foreign] };

        Assert.DoesNotContain("9.9.9", Encoding.UTF8.GetString(Convert.FromBase64String(JsonDocument.Parse(SlsaProvenance.Write(lineage, _key)).RootElement.GetProperty("payload").GetString()!)));
    }

    [Fact]
    public void A_changed_statement_another_key_or_another_statement_under_the_key_is_refused()
    {
        var envelope = Envelope();
        var payload = JsonDocument.Parse(envelope).RootElement.GetProperty("payload").GetString()!;
        var changed = Convert.ToBase64String(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(Convert.FromBase64String(payload)).Replace("household-agent:2", "household-agent:3", StringComparison.Ordinal)));
        Assert.NotEqual(payload, changed);
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);

        Assert.Throws<SignatureRefusedException>(() => SlsaProvenance.Open(Encoding.UTF8.GetBytes(envelope.Replace(payload, changed, StringComparison.Ordinal)), [PublicKey.Of(_key)]));
        Assert.Throws<SignatureRefusedException>(() => SlsaProvenance.Open(Encoding.UTF8.GetBytes(envelope), [PublicKey.Of(other)]));
        var signature = JsonDocument.Parse(ModelSigning.Sign("household-agent", SignedFiles.Of(("config.json", "{}")), _key)).RootElement.GetProperty("dsseEnvelope").GetRawText();
        Assert.Contains("no https://slsa.dev/provenance/v1", Assert.Throws<SignatureRefusedException>(() => SlsaProvenance.Open(Encoding.UTF8.GetBytes(signature), [PublicKey.Of(_key)])).Message);
    }

    private string Envelope() => SlsaProvenance.Write(_sample.Lineage, _key);

    private static string Text(JsonElement element, string member) => element.GetProperty(member).GetString()!;
}
