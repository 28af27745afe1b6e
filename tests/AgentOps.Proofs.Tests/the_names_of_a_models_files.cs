namespace AgentOps.Proofs.Tests;

/// <summary>The model's digest covers contents and order; the event that made the model names the files.</summary>
public sealed class the_names_of_a_models_files : IDisposable
{
    private readonly SampleBundle _bundle = new();
    private readonly SampleBundle _older = new(namesFiles: false);

    private long Training => _bundle.PositionOf("training.completed.v1");

    [Fact]
    public void A_bundle_says_which_event_names_its_files() => Assert.Equal(Training, _bundle.Verified().NamedBy);

    [Fact]
    public void A_renamed_file_is_refused_by_its_name()
    {
        Rename(_bundle, "model.safetensors", "pytorch_model.bin");

        // Behind config.json and before tokenizer.json as before, so that the digest is the same.
        Assert.Equal(_bundle.Model, SampleBundle.DigestOf(_bundle.Files));
        Assert.Equal($"pytorch_model.bin is not a file of the model: event {Training}, which made it, names this content model.safetensors.", Refused());
    }

    [Fact]
    public void A_file_moved_into_a_folder_is_refused_by_its_path()
    {
        Rename(_bundle, "tokenizer.json", "old/tokenizer.json");

        Assert.Contains("old/tokenizer.json is not a file of the model", Refused(), StringComparison.Ordinal);
    }

    [Fact]
    public void Files_that_say_other_than_their_digest_in_the_event_are_refused()
    {
        // An event that names other digests than make the model's: whoever wrote it was wrong, and nothing can be believed.
        var lie = _bundle.At(Training);
        _bundle.Log[(int)Training - 1] = lie with { Data = lie.Data.Replace(SampleBundle.DigestOf("weights"), SampleBundle.DigestOf("other weights"), StringComparison.Ordinal) };

        Assert.Equal($"model.safetensors is not a file of the model: event {Training}, which made it, names no file of this content.", Refused());
    }

    [Fact]
    public void A_file_that_the_event_names_and_the_bundle_lacks_is_refused()
    {
        var further = _bundle.At(Training);
        _bundle.Log[(int)Training - 1] = further with { Data = further.Data.Replace("\"files\":[", $"\"files\":[{{\"name\":\"adapter.json\",\"digest\":\"{SampleBundle.DigestOf("a")}\"}},", StringComparison.Ordinal) };

        Assert.Equal($"adapter.json is missing: event {Training}, which made the model, names it.", Refused());
    }

    [Fact]
    public void Where_two_runs_came_to_the_same_contents_one_of_them_names_the_files()
    {
        Rename(_bundle, "model.safetensors", "pytorch_model.bin");
        _bundle.Add("training-rft", "training.completed.v1", [new("training", "rft")], [new("model", _bundle.Model)],
            ("files", _bundle.Files.Select(file => new EvidenceFile(file.Key, SampleBundle.DigestOf(file.Value))).ToArray()));
        _bundle.Add("model-agent", "model.version-registered.v1", [new("model", _bundle.Model), new("run", "r")], [new("model-version", "agent:3")], ("digest", _bundle.Model));
        _bundle.Subject = new("model-version", "agent:3");
        _bundle.Listed = [.. _bundle.Log.Where(e => (e.Type is not ("serving.model-loaded.v1" or "model.version-registered.v1" or "model.promotion-decided.v1") && e.Stream is not ("training-eto" or "evaluation-e")) || e.Position == _bundle.Log.Count).Select(e => e.Position)];

        Assert.Equal(_bundle.Log.Count - 1, _bundle.Verified().NamedBy);
    }

    [Fact]
    public void A_bundle_of_before_files_were_named_is_proved_as_far_as_its_digest_goes()
    {
        Rename(_older, "model.safetensors", "pytorch_model.bin");

        var evidence = _older.Verified();

        Assert.Equal((3, null), (evidence.Files, evidence.NamedBy));
    }

    [Fact]
    public void An_event_whose_files_are_no_list_is_refused()
    {
        var broken = _bundle.At(Training);
        _bundle.Log[(int)Training - 1] = broken with { Data = broken.Data.Replace("\"files\":[", "\"files\":7,\"rest\":[", StringComparison.Ordinal) };

        Assert.Contains($"The data of event {Training} do not list the model's files.", Refused(), StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _bundle.Dispose();
        _older.Dispose();
    }

    private static void Rename(SampleBundle bundle, string name, string other)
    {
        var content = bundle.Files[name];
        bundle.Files.Remove(name);
        bundle.Files[other] = content;
    }

    private string Refused() => Assert.Throws<EvidenceRefusedException>(() => _bundle.Verified()).Message;
}
