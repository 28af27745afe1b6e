using System.Diagnostics;
using System.Text;
using System.Text.Json;
using AgentOps.Proofs;
using AgentOps.Proofs.Tests;

namespace AgentOps.Verify.Tests;

public sealed class an_auditor_with_one_file : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("agentops-verify-").FullName;
    private readonly SampleBundle _bundle = new();
    private readonly SampleLog _log = SampleLog.Of([5, 12], 7);

    private string Bundle => Path.Combine(_folder, "evidence.zip");

    private string Ledger => Path.Combine(_folder, "ledger.jsonl");

    [Fact]
    public void Sees_what_a_bundle_proves_and_by_which_key()
    {
        Write(_bundle);

        var (code, said, refused) = Run("bundle", Bundle, "--key", KeyFile(_bundle.Signer.PublicKey));

        Assert.Equal((OfflineVerification.Proved, ""), (code, refused));
        Assert.StartsWith("model-version agent:1 ", said[0], StringComparison.Ordinal);
        Assert.Contains(said, line => line.EndsWith("generation g generation.completed.v1 at 8", StringComparison.Ordinal));
        Assert.Contains(said, line => line.EndsWith("── with kind train, method rft, tokens 1000, seed 7", StringComparison.Ordinal));
        Assert.Contains(said, line => line.EndsWith("── on device cpu, threads 2", StringComparison.Ordinal));
        Assert.Equal(
            [
                $"{_bundle.Listed.Count} events, each under the checkpoint of {_bundle.Log.Count} events signed by {_bundle.Signer.PublicKey.Name}.",
                $"3 files of the model, whose contents in order have the digest {_bundle.Model}; event {_bundle.PositionOf("training.completed.v1")} names each with its own.",
                "The contents of 1 of 1 data sets: their samples and the lists of whose they are, as events name them.",
            ], said[^3..]);
    }

    [Fact]
    public void Is_told_where_a_bundle_has_no_contents_of_data_sets()
    {
        _bundle.Datasets.Clear();
        Write(_bundle);

        Assert.Equal("Of 1 data sets the bundle has the events, not the contents that these name: it was not exported with them.", Run("bundle", Bundle, "--key", KeyFile(_bundle.Signer.PublicKey)).Said[^1]);
        Assert.Equal("""{"count":1,"withContents":0}""", JsonSerializer.Serialize(Json(Run("bundle", Bundle, "--json").Said).GetProperty("datasets")));
    }

    [Fact]
    public void Is_told_that_a_key_which_came_with_the_file_shows_little()
    {
        Write(_bundle);

        Assert.Equal($"The key came with the bundle. Compare it with one that you trust, or give that with --key: {_bundle.Signer.PublicKey}", Run("bundle", Bundle).Said[^1]);
    }

    [Fact]
    public void Is_told_what_could_not_be_checked_of_a_bundle_of_before_files_were_named()
    {
        using var older = new SampleBundle(namesFiles: false);
        Write(older);

        var (code, said, _) = Run("bundle", Bundle, "--key", KeyFile(older.Signer.PublicKey));

        Assert.Equal(OfflineVerification.Proved, code);
        Assert.StartsWith("The names of these files could not be checked:", said[^2], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData()]
    [InlineData("--json")]
    public void Is_told_where_what_is_to_be_shown_is_no_text(params string[] further)
    {
        var trained = (int)_bundle.PositionOf("training.completed.v1") - 1;
        _bundle.Log[trained] = _bundle.Log[trained] is var e ? e with { Data = e.Data.Replace("\"method\":\"rft\"", "\"method\":\"\\ud800\"", StringComparison.Ordinal) } : null!;
        Write(_bundle);

        var (code, said, refused) = Run(["bundle", Bundle, .. further]);

        Assert.Equal((OfflineVerification.NotProved, 0), (code, said.Length));
        Assert.StartsWith("evidence.zip proves nothing. What an event in it says is no text: ", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Gets_the_proved_lineage_as_json()
    {
        Write(_bundle);

        var (code, said, _) = Run("bundle", Bundle, "--json");
        var document = Json(said);

        Assert.Equal((OfflineVerification.Proved, _bundle.Model), (code, document.GetProperty("model").GetString()));
        Assert.Equal(_bundle.PositionOf("training.completed.v1"), document.GetProperty("files").GetProperty("namedBy").GetInt64());
        Assert.Equal(_bundle.Verified().Lineage.Count, document.GetProperty("nodes").GetArrayLength());
    }

    [Fact]
    public void Gets_an_answer_of_no_with_its_sentence()
    {
        _bundle.Change = (name, text) => name == "model/config.json" ? "{ }" : text;
        Write(_bundle);

        var (code, said, refused) = Run("bundle", Bundle);

        Assert.Equal((OfflineVerification.NotProved, 0), (code, said.Length));
        Assert.StartsWith("evidence.zip proves nothing. The model's files have the digest", refused, StringComparison.Ordinal);
    }

    [Fact]
    public void Verifies_a_whole_ledger_with_and_without_its_checkpoints()
    {
        File.WriteAllBytes(Ledger, _log.Exported());
        var kept = Directory.CreateDirectory(Path.Combine(_folder, "kept")).FullName;
        foreach (var checkpoint in _log.Checkpoints)
            File.WriteAllText(Path.Combine(kept, checkpoint.Place), checkpoint.Note);

        Assert.Equal((OfflineVerification.Proved, "Everything that is there fits."), Last(Run("ledger", Ledger)));
        Assert.Equal((OfflineVerification.Proved, "Everything that is there fits."), Last(Run("ledger", Ledger, "--key", KeyFile(_log.First), "--checkpoints", kept)));
        Assert.Equal(OfflineVerification.NotProved, Run("ledger", Ledger, "--key", KeyFile(SampleLog.NewSigner().PublicKey)).Code);
        Assert.Equal(OfflineVerification.WrongCall, Run("ledger", Ledger, "--checkpoints", _folder).Code);
    }

    [Theory]
    [InlineData("\\u001b[2J")]
    [InlineData("\\u009b2J")]
    [InlineData("\\u202e")]
    public void Has_nothing_written_on_his_terminal_by_the_name_of_a_key(string name)
    {
        var whole = Encoding.UTF8.GetString(_log.Exported());
        File.WriteAllText(Ledger, whole.Replace("\"key\":\"agentops", $"\"key\":\"{name}agentops", StringComparison.Ordinal));

        var (code, said, refused) = Run("ledger", Ledger);

        Assert.Equal(OfflineVerification.NotProved, code);
        Assert.True(PlainText.Is(string.Concat(said)));
        Assert.Contains("cannot name a key", refused, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Say what to verify.")]
    [InlineData("Say what to verify.", "bundle")]
    [InlineData("Say what to verify.", "model", "evidence.zip")]
    [InlineData("--key needs a value.", "bundle", "evidence.zip", "--key")]
    [InlineData("--key stands there twice.", "bundle", "evidence.zip", "--key", "a", "--key", "b")]
    [InlineData("'--json' is not an option here.", "ledger", "ledger.jsonl", "--json")]
    [InlineData("'more' is not an option here.", "bundle", "evidence.zip", "more")]
    public void Who_calls_it_wrongly_is_told_so_and_how_it_is_called(string sentence, params string[] args) =>
        Assert.Equal((OfflineVerification.WrongCall, $"{sentence}\n{Verifier.Usage}\n"), (Run(args).Code, Run(args).Refused));

    [Fact]
    public void A_file_that_is_not_there_or_is_no_key_is_a_wrong_call()
    {
        Assert.Equal(OfflineVerification.WrongCall, Run("bundle", Bundle).Code);
        Write(_bundle);
        Assert.Equal(OfflineVerification.WrongCall, Run("bundle", Bundle, "--key", Path.Combine(_folder, "none")).Code);
        Assert.Equal(OfflineVerification.WrongCall, Run("bundle", Bundle, "--key", Bundle).Code);
        Assert.Equal(OfflineVerification.WrongCall, Run("bundle", Bundle, "--witness", "nobody").Code);
    }

    [Fact]
    public async Task It_is_a_program_of_its_own_with_nothing_beside_it_but_the_proofs()
    {
        Write(_bundle);
        var program = Path.Combine(AppContext.BaseDirectory, "agentops-verify.dll");
        using var process = Process.Start(new ProcessStartInfo("dotnet", [program, "bundle", Bundle]) { RedirectStandardOutput = true })!;

        var said = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();

        Assert.Equal(OfflineVerification.Proved, process.ExitCode);
        Assert.StartsWith("model-version agent:1 ", said, StringComparison.Ordinal);
        using var needs = JsonDocument.Parse(await File.ReadAllBytesAsync(Path.ChangeExtension(program, ".deps.json")));
        Assert.Equal(["AgentOps.Proofs", "agentops-verify"], needs.RootElement.GetProperty("libraries").EnumerateObject().Select(library => library.Name.Split('/')[0]).Order(StringComparer.Ordinal));
    }

    public void Dispose()
    {
        _bundle.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    private static (int Code, string[] Said, string Refused) Run(params string[] args)
    {
        using StringWriter said = new() { NewLine = "\n" }, refused = new() { NewLine = "\n" };
        var code = Verifier.Run(args, said, refused);
        return (code, said.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries), refused.ToString());
    }

    private static JsonElement Json(string[] said) => JsonDocument.Parse(string.Join('\n', said)).RootElement;

    private static (int, string) Last((int Code, string[] Said, string) run) => (run.Code, run.Said[^1]);

    private string KeyFile(NoteKey key)
    {
        var file = Path.Combine(_folder, "key.pub");
        File.WriteAllText(file, key.ToString());
        return file;
    }

    private void Write(SampleBundle bundle) => File.WriteAllBytes(Bundle, bundle.Written().ToArray());
}
