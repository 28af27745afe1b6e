using System.Security.Cryptography;

namespace AgentOps.Proofs.Tests;

public sealed class evidence_bundles : IDisposable
{
    private readonly SampleBundle _bundle = new();

    [Fact]
    public void A_whole_bundle_proves_what_the_model_is_made_of()
    {
        var evidence = _bundle.Verified(_bundle.Signer.PublicKey);

        Assert.Equal((_bundle.Log.Count, _bundle.Listed.Count, 3), ((int)evidence.Checkpoint.Size, evidence.Events, evidence.Files));
        string[] expected = ["dataset d", "environment maze", "evaluation e", "generation g", "judgement j", $"model {_bundle.Model}", $"model {SampleBundle.DigestOf(_bundle.Others)}",
            "model-version agent:1", "person ada", "run r", "training eto", "training rft", "trajectory t0", "trajectory t1", "trajectory t2"];
        Assert.Equal(expected.Order(), evidence.Lineage.Select(node => $"{node.Reference.Kind} {node.Reference.Id}").Order());
        Assert.Equal("model-version", evidence.Lineage[0].Reference.Kind);
    }

    [Fact]
    public void The_files_of_another_candidate_are_not_taken_for_the_promoted_ones()
    {
        foreach (var (name, content) in _bundle.Others)
            _bundle.Files[name] = content;
        _bundle.Model = SampleBundle.DigestOf(_bundle.Others);

        Assert.Contains("agent:1 was not registered with the model", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("training", "rft")]
    [InlineData("evaluation", "e")]
    public void Nothing_but_a_model_version_an_alias_or_a_deployment_can_be_proved(string kind, string id)
    {
        _bundle.Subject = new(kind, id);

        Assert.Equal($"The bundle is about a {kind}, and only a model-version, an alias or a deployment can be proved.", Refused());
    }

    [Fact]
    public void An_event_that_does_not_belong_to_the_lineage_is_refused()
    {
        var foreign = _bundle.PositionOf("serving.model-loaded.v1");
        _bundle.Listed = [.. _bundle.Listed.Append(foreign).Order()];

        Assert.Equal($"Event {foreign} does not belong to the lineage.", Refused());
    }

    [Fact]
    public void A_bundle_of_another_key_than_the_trusted_one_is_refused()
    {
        using var other = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var trusted = new NoteSigner("agentops.ledger/sample", other).PublicKey;

        Assert.Contains("not by the key that you trust", Refused(() => _bundle.Verified(trusted)), StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_has_the_first_key_follows_its_rotations_to_the_one_that_signed()
    {
        var first = _bundle.Signer.PublicKey;
        _bundle.Rotate();
        _bundle.Rotate();

        Assert.Equal(3, _bundle.Verified(first).Keys.Count);
        Assert.Contains("not by the key that you trust", Refused(() => _bundle.Verified(_bundle.Signer.PublicKey)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, "is not rotation 1 of the log's key")]
    [InlineData(1, "The checkpoint is not signed by")]
    public void A_rotation_left_out_is_refused(int which, string sentence)
    {
        _bundle.Rotate();
        _bundle.Rotate();
        _bundle.Rotations.RemoveAt(which);

        Assert.Contains(sentence, Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_rotation_that_the_log_does_not_hold_is_refused()
    {
        _bundle.Rotate();
        _bundle.Change = (name, text) => name == EvidenceBundle.RotationsFile ? text.Replace("\"actor", "\"Actor", StringComparison.Ordinal).Replace("\\\"actor", "\\\"Actor", StringComparison.Ordinal) : text;

        Assert.Contains($"The rotation at event {_bundle.Log.Count} is not the one", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_rotation_that_the_key_before_has_not_signed_is_refused()
    {
        var first = _bundle.Signer.PublicKey;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        _bundle.Signer = new(first.Name, key);
        _bundle.Rotate();
        _bundle.First = first;

        Assert.Contains("does not begin at the key in force", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void What_stands_behind_a_rotation_that_is_none_is_not_read()
    {
        _bundle.Rotate();
        _bundle.Change = (name, content) => name == EvidenceBundle.RotationsFile ? content.Replace("\"version\":1", "\"version\":2", StringComparison.Ordinal) + "[" : content;

        Assert.Contains("is not rotation 1 of the log's key", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("run.submitted.v1", 0, "no run.submitted.v1 of run r")]
    [InlineData("generation.planned.v1", 0, "no generation.planned.v1 of generation g")]
    [InlineData("generation.shard-completed.v1", 1, "1 of the 2 shards of generation g")]
    [InlineData("generation.completed.v1", 0, "no generation.completed.v1 of generation g")]
    [InlineData("trajectory.recorded.v1", 2, "no trajectory.recorded.v1 of trajectory t2")]
    [InlineData("judgement.recorded.v1", 1, "2 of the 3 verdicts of judgement j")]
    [InlineData("judgement.completed.v1", 0, "no judgement.completed.v1 of judgement j")]
    [InlineData("dataset.built.v1", 0, "no dataset.built.v1 of dataset d")]
    [InlineData("training.queued.v1", 0, "no training.queued.v1 of training rft")]
    [InlineData("training.completed.v1", 0, "no training.completed.v1 of model ")]
    [InlineData("evaluation.completed.v1", 0, "no evaluation.completed.v1 of evaluation e")]
    [InlineData("model.version-registered.v1", 0, "no model.version-registered.v1 of model-version agent:1")]
    public void A_lineage_with_an_event_left_out_is_refused(string type, int n, string sentence)
    {
        _bundle.Listed.Remove(_bundle.PositionOf(type, n));

        Assert.Contains($"The bundle has {sentence}", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_shard_left_out_with_all_its_trajectories_and_verdicts_is_refused()
    {
        foreach (var position in (long[])[_bundle.PositionOf("generation.shard-completed.v1", 1), _bundle.PositionOf("trajectory.recorded.v1", 2), _bundle.PositionOf("judgement.recorded.v1", 2)])
            _bundle.Listed.Remove(position);

        Assert.Contains("lineage is not whole", Refused(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ada", "eve", "run.submitted.v1")]
    [InlineData("maze", "mace", "trajectory.recorded.v1")]
    [InlineData("dataset.built.v1", "dataset.built.v2", "dataset.built.v1")]
    [InlineData("model-agent", "model-agenT", "model.version-registered.v1")]
    public void A_changed_event_is_named(string text, string other, string type)
    {
        _bundle.Change = (name, content) => name == EvidenceBundle.EventsFile ? content.Replace(text, other, StringComparison.Ordinal) : content;

        Assert.StartsWith($"Event {_bundle.PositionOf(type)} is not the one that the checkpoint of {_bundle.Log.Count} events was signed for.", Refused(), StringComparison.Ordinal);
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
    [InlineData(EvidenceBundle.KeyFile, "a b+00000000+AgAA")]
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

    private string Refused() => Refused(() => _bundle.Verified());

    private static string Refused(Action verify) => Assert.Throws<EvidenceRefusedException>(verify).Message;
}
