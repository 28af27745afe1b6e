using System.Security.Cryptography;

namespace AgentOps.Proofs.Tests;

public sealed class evidence_bundles : IDisposable
{
    private readonly SampleBundle _bundle = new();

    [Fact]
    public void A_whole_bundle_proves_what_the_model_is_made_of()
    {
        var evidence = _bundle.Verified(_bundle.Signer.PublicKey);

        Assert.Equal((7L, 6, 3), (evidence.Checkpoint.Size, evidence.Events, evidence.Files));
        Assert.Equal(
            ["model-version agent:1", $"model {_bundle.Model}", "run r", "training t", "person ada", "dataset d", "trajectory x", "environment maze"],
            evidence.Lineage.Select(node => $"{node.Reference.Kind} {node.Reference.Id}"));
        Assert.Equal("training.completed.v1", Assert.Single(evidence.Lineage[1].Events).Type);
    }

    [Fact]
    public void A_bundle_of_another_key_than_the_trusted_one_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var trusted = new NoteSigner("agentops.ledger/sample", other).PublicKey;

        Assert.Contains("not by the key that you trust", Refused(() => _bundle.Verified(trusted)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1, "has no event that made run r")]
    [InlineData(2, "has no event that made trajectory x")]
    [InlineData(6, "has no event that made model ")]
    [InlineData(7, "has no event that made model-version agent:1")]
    public void A_lineage_with_a_step_left_out_is_refused(long left, string sentence)
    {
        _bundle.Listed.Remove(left);

        Assert.Contains(sentence, Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ada", "eve", "Event 1 ")]
    [InlineData("maze", "mace", "Event 2 ")]
    [InlineData("training.queued.v1", "training.queued.v2", "Event 5 ")]
    [InlineData("model-agent", "model-agenT", "Event 7 ")]
    public void A_changed_event_is_named(string text, string other, string sentence)
    {
        _bundle.Change = (name, content) => name == EvidenceBundle.EventsFile ? content.Replace(text, other, StringComparison.Ordinal) : content;

        Assert.StartsWith($"{sentence}is not the one that the checkpoint of 7 events was signed for.", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Ten_thousand_random_changes_of_what_the_events_say_are_refused()
    {
        var whole = Events();
        var random = new Random(7);
        for (var i = 0; i < 10_000; i++)
        {
            var at = random.Next(whole.Length);
            var other = (char)random.Next(32, 127);
            if (whole[at] == other)
                continue;
            var changed = string.Concat(whole.AsSpan(0, at), other.ToString(), whole.AsSpan(at + 1));
            _bundle.Change = (name, content) => name == EvidenceBundle.EventsFile ? changed : content;
            if (SameEvents(whole, changed))
                continue;
            Assert.ThrowsAny<EvidenceRefusedException>(() => _bundle.Verified());
        }
    }

    [Fact]
    public void A_swapped_model_file_is_found()
    {
        _bundle.Change = (name, content) => name == "model/model.safetensors" ? "weightz" : content;

        Assert.Contains("The model's files have the digest", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_model_that_the_version_was_not_registered_with_is_found()
    {
        _bundle.Model = "sha256:" + new string('0', 64);

        Assert.Contains("was not registered with the model", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(EvidenceBundle.SubjectFile)]
    [InlineData(EvidenceBundle.KeyFile)]
    [InlineData(EvidenceBundle.CheckpointFile)]
    [InlineData(EvidenceBundle.EventsFile)]
    public void A_bundle_without_one_of_its_files_is_refused(string missing)
    {
        _bundle.Change = (name, content) => name == missing ? null : content;

        Assert.Equal($"The bundle has no {missing}.", Refused());
    }

    [Theory]
    [InlineData(EvidenceBundle.SubjectFile, "null")]
    [InlineData(EvidenceBundle.SubjectFile, "{}")]
    [InlineData(EvidenceBundle.SubjectFile, """{"format":"agentops-evidence/2","subject":{"kind":"model-version","id":"agent:1"},"model":"m"}""")]
    [InlineData(EvidenceBundle.KeyFile, "key")]
    [InlineData(EvidenceBundle.KeyFile, "a+2b7d1a4c+AgEC")]
    [InlineData(EvidenceBundle.CheckpointFile, "note")]
    [InlineData(EvidenceBundle.EventsFile, "null\n")]
    [InlineData(EvidenceBundle.EventsFile, "{}\n")]
    [InlineData(EvidenceBundle.EventsFile, "[]")]
    public void A_malformed_file_is_refused_with_a_sentence(string file, string text)
    {
        _bundle.Change = (name, content) => name == file ? text : content;

        Assert.EndsWith(".", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("model/../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("model/a\\b")]
    [InlineData("model/")]
    [InlineData("readme.txt")]
    public void A_file_that_is_not_of_a_bundle_is_refused(string name)
    {
        _bundle.Further[name] = [1];

        Assert.Equal($"The archive holds '{name}', which is not a file of a bundle.", Refused());
    }

    [Fact]
    public void An_archive_that_unfolds_without_end_is_refused()
    {
        _bundle.Further["model/zeros"] = new byte[64 << 20];

        Assert.Contains("times its size: this is not a bundle", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(100)]
    public void What_is_no_archive_is_refused(int bytes) =>
        Assert.StartsWith("This is not a ZIP archive", Refused(() => EvidenceVerifier.Verify(new MemoryStream(new byte[bytes]))), StringComparison.Ordinal);

    public void Dispose() => _bundle.Dispose();

    private string Events()
    {
        var whole = "";
        _bundle.Change = (name, content) => name == EvidenceBundle.EventsFile ? whole = content : content;
        _bundle.Verified();
        return whole;
    }

    /// <summary>A change of JSON's own blanks, or of bits of base64 that stand for nothing, says the same.</summary>
    private static bool SameEvents(string a, string b)
    {
        try
        {
            return Read(a).SequenceEqual(Read(b));
        }
        catch (System.Text.Json.JsonException)
        {
            return false;
        }
    }

    private static IEnumerable<string> Read(string lines) => lines.Split('\n', StringSplitOptions.RemoveEmptyEntries)
        .Select(line => System.Text.Json.JsonSerializer.Serialize(System.Text.Json.JsonSerializer.Deserialize<EvidenceEvent>(line, EvidenceBundle.Json), EvidenceBundle.Json));

    private string Refused() => Refused(() => _bundle.Verified());

    private static string Refused(Action verify) => Assert.Throws<EvidenceRefusedException>(verify).Message;
}
