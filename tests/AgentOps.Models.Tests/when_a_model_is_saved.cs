using System.Security.Cryptography;

namespace AgentOps.Models.Tests;

public sealed class When_a_model_is_saved : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(ModelFamily.Llama, false, false)]
    [InlineData(ModelFamily.Llama, true, true)]
    [InlineData(ModelFamily.Qwen2, false, false)]
    [InlineData(ModelFamily.Qwen3, true, false)]
    [InlineData(ModelFamily.Qwen3, false, true)]
    public void It_reads_back_as_it_was(ModelFamily family, bool tied, bool bias)
    {
        var model = SmallModel.Folder(SmallModel.Config(family) with { TieWordEmbeddings = tied, AttentionBias = bias });

        model.Save(_folder.Path);
        var read = ModelFolder.Load(_folder.Path);

        Assert.Equal(model.Config.ToJson(), read.Config.ToJson());
        Assert.Equal(model.Tokenizer.ToJson(), read.Tokenizer.ToJson());
        Assert.Equal(model.Tensors.Keys.Order(), read.Tensors.Keys.Order());
        foreach (var (name, tensor) in model.Tensors)
            Assert.Equal(tensor.Values, read.Tensors[name].Values);
        Assert.Equal([ChatTokens.End], read.StopTokenIds);
    }

    [Fact]
    public void The_same_model_gives_the_same_bytes_also_after_reading_it()
    {
        SmallModel.Folder().Save(_folder.Of("one"));
        SmallModel.Folder().Save(_folder.Of("two"));
        ModelFolder.Load(_folder.Of("one")).Save(_folder.Of("three"));

        Assert.Equal(Content("one"), Content("two"));
        Assert.Equal(Content("one"), Content("three"));
    }

    [Fact]
    public void It_has_the_files_that_other_programs_look_for()
    {
        SmallModel.Folder().Save(_folder.Path);

        Assert.Equal(
            ["config.json", "generation_config.json", "model.safetensors", "special_tokens_map.json", "tokenizer.json", "tokenizer_config.json"],
            Directory.GetFiles(_folder.Path).Select(Path.GetFileName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_folder_that_holds_something_is_refused()
    {
        File.WriteAllText(_folder.Of("notes.txt"), "");

        Assert.Contains("not empty", Assert.Throws<ModelFormatException>(() => SmallModel.Folder().Save(_folder.Path)).Message);
    }

    private string[] Content(string name) =>
        [.. Directory.GetFiles(_folder.Of(name)).Order(StringComparer.Ordinal).Select(file => $"{Path.GetFileName(file)} {Convert.ToHexString(SHA256.HashData(File.ReadAllBytes(file)))}")];
}
