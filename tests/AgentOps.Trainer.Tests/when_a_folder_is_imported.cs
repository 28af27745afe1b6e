using System.Security.Cryptography;
using AgentOps.Contracts;
using AgentOps.Models;
using AgentOps.Models.Adapters;

namespace AgentOps.Trainer.Tests;

[Collection(OneTrainer.Name)]
public sealed class when_a_folder_is_imported(TrainerService trainer)
{
    [Fact]
    public async Task It_becomes_the_base_as_it_is_under_the_digest_of_its_sorted_files()
    {
        var folder = TinyModel.Save(Path.Combine(trainer.Models, "deeper", "small"));
        await File.WriteAllTextAsync(Path.Combine(folder, "README.md"), "# small\n");

        var completed = Assert.IsType<TrainingCompleted>(await trainer.AnswerAsync(new ImportWork(folder)));

        // Model Signing v1.0, by files: SHA-256 over the files' raw SHA-256s, in the order of their names.
        byte[] hashes = [.. Directory.GetFiles(folder).Order(StringComparer.Ordinal).SelectMany(file => SHA256.HashData(File.ReadAllBytes(file)))];
        Assert.Equal($"sha256:{Convert.ToHexStringLower(SHA256.HashData(hashes))}", completed.Model.ToString());
        Assert.Contains(new Reference(ReferenceKind.Source, $"huggingface:{folder}"), completed.Inputs);
        Assert.Equal([Reference.Model(completed.Model)], completed.Outputs);
        Assert.Equal(
            Directory.GetFiles(folder).Order(StringComparer.Ordinal).Select(file => new ModelFile(Path.GetFileName(file), Digest.Of(File.ReadAllBytes(file)))), completed.Files!);
        var stored = ModelFolder.Load(await trainer.Store.FolderAsync(completed.Model));
        Assert.Equal(TinyModel.Tokenizer.VocabularySize, stored.Tokenizer.VocabularySize);
    }

    [Fact]
    public async Task An_adapter_of_others_is_merged_into_it_and_both_are_where_it_came_from()
    {
        var folder = TinyModel.Save(Path.Combine(trainer.Models, Guid.NewGuid().ToString("N")));
        var peft = Adapter("lora", rank: 2);

        var completed = Assert.IsType<TrainingCompleted>(await trainer.AnswerAsync(new ImportWork(folder, peft)));

        Assert.Equal([$"huggingface:{folder}", $"huggingface:{peft}"], completed.Inputs.Where(input => input.Kind == ReferenceKind.Source).Select(input => input.Id));
        var (before, stored) = (ModelFolder.Load(folder), await trainer.Store.FolderAsync(completed.Model));
        // α/r = 2, A is 1 everywhere and B 0.25: every number of the one weight rises by 2 · 2 · 0.25.
        Assert.Equal(before.Tensors[Query].Values.Select(value => value + 1), ModelFolder.Load(stored).Tensors[Query].Values);
        Assert.Equal(File.ReadAllBytes(Path.Combine(peft, "adapter_model.safetensors")), File.ReadAllBytes(Path.Combine(stored, "adapter", "adapter_model.safetensors")));
    }

    [Fact]
    public Task An_adapter_that_is_for_another_model_is_refused() => trainer.AssertRefusedAsync(
        new ImportWork(TinyModel.Save(Path.Combine(trainer.Models, Guid.NewGuid().ToString("N"))), Adapter("other", rank: 2, inputs: 24)), "rank and base give");

    [Fact]
    public Task An_adapter_outside_of_the_allowed_folder_is_refused() => trainer.AssertRefusedAsync(
        new ImportWork(TinyModel.Save(Path.Combine(trainer.Models, Guid.NewGuid().ToString("N"))), trainer.Outside), "does not lie below " + trainer.Models);

    private const string Query = "model.layers.0.self_attn.q_proj.weight";

    /// <summary>An adapter of the query projection alone, whose outputs and inputs are 16.</summary>
    private string Adapter(string name, int rank, int inputs = 16)
    {
        var folder = Path.Combine(trainer.Models, name);
        LoraPair pair = new(Query[..^".weight".Length],
            new(LoraPair.NameOfA(Query[..^".weight".Length]), [rank, inputs], [.. Enumerable.Repeat(1f, rank * inputs)]), new(LoraPair.NameOfB(Query[..^".weight".Length]), [16, rank], [.. Enumerable.Repeat(0.25f, 16 * rank)]));
        new PeftAdapter(new(rank, 2 * rank, ["q_proj"], "someone/small"), [pair]).Save(folder);
        return folder;
    }

    public static readonly TheoryData<string, string> Broken = new()
    {
        { "config.json", "There is no {0}/config.json" },
        { "tokenizer.json", "There is no {0}/tokenizer.json" },
        { "model.safetensors", "There is no {0}/model.safetensors" },
    };

    [Theory]
    [MemberData(nameof(Broken))]
    public Task One_that_lacks_a_file_is_refused(string file, string said) =>
        AssertRefusedAsync(Changed(folder => File.Delete(Path.Combine(folder, file))), said);

    [Fact]
    public Task One_of_an_unknown_family_is_refused() => AssertRefusedAsync(
        Changed(folder => Edit(Path.Combine(folder, "config.json"), "\"qwen3\"", "\"mamba\"")), "mamba");

    [Fact]
    public Task One_whose_tokenizer_knows_more_words_than_the_model_is_refused()
    {
        var larger = BpeTokenizer.Train(["go to the mug", "take the mug", "open the fridge and look into the cabinet"], 330, ChatTokens.All);
        Assert.True(larger.VocabularySize > TinyModel.Tokenizer.VocabularySize);
        return AssertRefusedAsync(
            Changed(folder => larger.Save(Path.Combine(folder, "tokenizer.json"))),
            $"The tokenizer has {larger.VocabularySize} ids, the model only {TinyModel.Tokenizer.VocabularySize} embeddings.");
    }

    [Fact]
    public Task One_without_the_chat_tokens_is_refused() => AssertRefusedAsync(
        Changed(folder => Edit(Path.Combine(folder, "tokenizer.json"), ChatTokens.AssistantToken, "<|robot|>")), ChatTokens.AssistantToken);

    [Theory]
    [InlineData("tokenizer_config.json", "{\"chat_template\": ", "tokenizer_config.json is not valid JSON")]
    [InlineData("tokenizer_config.json", "[]", "tokenizer_config.json is not a JSON object")]
    [InlineData("generation_config.json", "{\"eos_token_id\": ", "generation_config.json is not valid JSON")]
    [InlineData("generation_config.json", "{\"eos_token_id\": \"end\"}", "generation_config.json")]
    public Task One_with_a_small_file_that_no_training_could_read_is_refused(string file, string content, string said) =>
        AssertRefusedAsync(Changed(folder => File.WriteAllText(Path.Combine(folder, file), content)), said);

    [Fact]
    public async Task What_is_wrong_with_it_is_said_within_bounds_however_long_its_own_words_are()
    {
        var folder = Changed(changed => Edit(Path.Combine(changed, "tokenizer.json"), "\"added_tokens\"", $"\"added_tokens\": [{{\"content\": \"{new string('x', 70_000)}\"}}], \"former\""));

        var failed = Assert.IsType<TrainingFailed>(await trainer.AnswerAsync(new ImportWork(folder)));

        Assert.Equal(2_001, failed.Reason.Length);
        Assert.EndsWith("…", failed.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public Task One_that_is_not_there_is_refused() => AssertRefusedAsync(Path.Combine(trainer.Models, "nothing"), "There is no folder {0} to store.");

    [Fact]
    public Task One_outside_of_the_allowed_folder_is_refused() =>
        AssertRefusedAsync(TinyModel.Save(Path.Combine(trainer.Outside, "theirs")), "does not lie below " + trainer.Models);

    [Fact]
    public Task The_allowed_folder_itself_is_refused() => AssertRefusedAsync(trainer.Models, "does not lie below");

    [Theory]
    [InlineData("{0}/../models-of-others/dotted")]
    [InlineData("{0}/./small")]
    [InlineData("{0}//small")]
    [InlineData("models/small")]
    public Task A_path_that_is_not_plain_and_absolute_is_refused(string path)
    {
        var theirs = Path.Combine(trainer.Outside, "dotted");
        if (!Directory.Exists(theirs))
            TinyModel.Save(theirs);
        return AssertRefusedAsync(string.Format(path, trainer.Models), "is not the absolute path of a folder");
    }

    [Fact]
    public Task A_link_that_leads_out_is_refused()
    {
        var link = Path.Combine(trainer.Models, "link");
        Directory.CreateSymbolicLink(link, TinyModel.Save(Path.Combine(trainer.Outside, "linked")));
        return AssertRefusedAsync(link, $"{link} is a symbolic link");
    }

    [Fact]
    public Task A_link_on_the_way_is_refused()
    {
        TinyModel.Save(Path.Combine(trainer.Outside, "behind"));
        var link = Path.Combine(trainer.Models, "way");
        Directory.CreateSymbolicLink(link, trainer.Outside);
        return AssertRefusedAsync(Path.Combine(link, "behind"), $"{link} is a symbolic link");
    }

    [Fact]
    public Task A_file_that_is_a_link_is_refused()
    {
        var weights = Path.Combine(TinyModel.Save(Path.Combine(trainer.Outside, "weights")), "model.safetensors");
        return AssertRefusedAsync(
            Changed(folder =>
            {
                File.Delete(Path.Combine(folder, "model.safetensors"));
                File.CreateSymbolicLink(Path.Combine(folder, "model.safetensors"), weights);
            }),
            "model.safetensors is a symbolic link");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    public async Task Where_no_folder_is_allowed_nothing_is_imported(string? allowed)
    {
        var import = new ModelImport(allowed, trainer.Store);
        var refused = await Assert.ThrowsAsync<ImportRefusedException>(() => import.TakeAsync(new(Path.Combine(trainer.Models, "fine")), CancellationToken.None));
        Assert.Contains("set AGENTOPS_MODELS", refused.Message, StringComparison.Ordinal);
    }

    private Task AssertRefusedAsync(string folder, string said) => trainer.AssertRefusedAsync(new ImportWork(folder), string.Format(said, folder));

    private string Changed(Action<string> change)
    {
        var folder = TinyModel.Save(Path.Combine(trainer.Models, Guid.NewGuid().ToString("N")));
        change(folder);
        return folder;
    }

    private static void Edit(string file, string from, string to)
    {
        var text = File.ReadAllText(file);
        Assert.Contains(from, text, StringComparison.Ordinal);
        File.WriteAllText(file, text.Replace(from, to, StringComparison.Ordinal));
    }
}
