namespace AgentOps.Models.Tests;

public sealed class When_a_model_is_loaded : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public When_a_model_is_loaded() => SmallModel.Folder(SmallModel.Config() with { TieWordEmbeddings = true }).Save(_folder.Path);

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("config.json")]
    [InlineData("tokenizer.json")]
    [InlineData("model.safetensors")]
    public void A_missing_file_is_named(string name)
    {
        File.Delete(_folder.Of(name));

        Assert.Contains($"There is no {_folder.Of(name)}", Assert.Throws<ModelFormatException>(() => ModelFolder.Load(_folder.Path)).Message);
    }

    [Fact]
    public void A_missing_tensor_is_named() =>
        Refused(tensors => tensors.Remove("model.norm.weight"), "has no tensor 'model.norm.weight'");

    [Fact]
    public void A_tensor_of_another_shape_is_named() =>
        Refused(tensors => tensors["model.norm.weight"] = new("model.norm.weight", [4], new float[4]), "'model.norm.weight' has the shape [4]");

    [Fact]
    public void A_tensor_that_would_be_passed_over_is_named() =>
        Refused(tensors => tensors["model.extra"] = new("model.extra", [1], [1]), "'model.extra', which its configuration does not ask for");

    [Fact]
    public void A_tied_head_and_rotary_buffers_are_left_out()
    {
        Rewrite(tensors =>
        {
            tensors["lm_head.weight"] = new("lm_head.weight", [304, 8], new float[304 * 8]);
            tensors["model.layers.0.self_attn.rotary_emb.inv_freq"] = new("model.layers.0.self_attn.rotary_emb.inv_freq", [2], [1, 1]);
        });

        Assert.Equal(TensorNames.Of(SmallModel.Config() with { TieWordEmbeddings = true }).Select(t => t.Name).Order(), ModelFolder.Load(_folder.Path).Tensors.Keys.Order());
    }

    [Fact]
    public void A_tokenizer_with_more_ids_than_embeddings_is_refused()
    {
        BpeTokenizer.Train([], 400, [.. ChatTokens.All, .. Enumerable.Range(0, 100).Select(i => $"<|{i}|>")]).Save(_folder.Of("tokenizer.json"));

        Assert.Contains("360 ids", Assert.Throws<ModelFormatException>(() => ModelFolder.Load(_folder.Path)).Message);
    }

    [Fact]
    public void The_companions_of_a_foreign_model_are_kept_and_its_ends_known()
    {
        File.WriteAllText(_folder.Of("generation_config.json"), """{"eos_token_id":[3,0],"temperature":0.6}""");
        File.WriteAllText(_folder.Of("chat_template.jinja"), "{{ messages }}");

        var model = ModelFolder.Load(_folder.Path);
        using var copy = new TemporaryFolder();
        model.Save(copy.Path);

        Assert.Equal([0, 3], model.StopTokenIds);
        Assert.Equal("""{"eos_token_id":[3,0],"temperature":0.6}""", File.ReadAllText(copy.Of("generation_config.json")));
        Assert.Equal("{{ messages }}", File.ReadAllText(copy.Of("chat_template.jinja")));
    }

    private void Refused(Action<Dictionary<string, NamedTensor>> change, string expected)
    {
        Rewrite(change);
        Assert.Contains(expected, Assert.Throws<ModelFormatException>(() => ModelFolder.Load(_folder.Path)).Message);
    }

    private void Rewrite(Action<Dictionary<string, NamedTensor>> change)
    {
        var path = _folder.Of("model.safetensors");
        var tensors = Safetensors.Read(path).ToDictionary();
        change(tensors);
        Safetensors.Write(path, tensors.Values);
    }
}
