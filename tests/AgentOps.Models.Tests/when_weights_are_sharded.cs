namespace AgentOps.Models.Tests;

public sealed class When_weights_are_sharded : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public When_weights_are_sharded()
    {
        Safetensors.Write(_folder.Of("one.safetensors"), [new("a", [1], [1])]);
        Safetensors.Write(_folder.Of("two.safetensors"), [new("b", [1], [2])]);
    }

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void All_shards_are_read()
    {
        Index("""{"metadata":{"total_size":8},"weight_map":{"a":"one.safetensors","b":"two.safetensors"}}""");

        var read = Safetensors.ReadFolder(_folder.Path);

        Assert.Equal(1, read["a"].Values[0]);
        Assert.Equal(2, read["b"].Values[0]);
    }

    [Theory]
    [InlineData("""{"weight_map":{"a":"one.safetensors","b":"one.safetensors"}}""", "but it is not")]
    [InlineData("""{"weight_map":{"b":"two.safetensors","c":"one.safetensors"}}""", "does not say that the tensor 'a'")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","b":"three.safetensors"}}""", "There is no")]
    [InlineData("""{"weight_map":{"a":"../one.safetensors"}}""", "not a file of the same folder")]
    [InlineData("""{"weight_map":{"a":"/one.safetensors"}}""", "not a file of the same folder")]
    [InlineData("""{"weight_map":{"a":".."}}""", "not a file of the same folder")]
    [InlineData("""{"weight_map":{"a":1}}""", "not a file of the same folder")]
    [InlineData("""{"weight_map":{"a":"one.safetensors","a":"one.safetensors"}}""", "not valid JSON")]
    [InlineData("""{"weight_map":[]}""", "weight_map")]
    [InlineData("""{}""", "weight_map")]
    public void An_index_that_does_not_fit_its_files_is_refused(string index, string expected)
    {
        Index(index);

        Assert.Contains(expected, Assert.Throws<ModelFormatException>(() => Safetensors.ReadFolder(_folder.Path)).Message);
    }

    [Fact]
    public void A_folder_without_weights_is_refused() =>
        Assert.Contains("There is no", Assert.Throws<ModelFormatException>(() => Safetensors.ReadFolder(_folder.Path)).Message);

    private void Index(string json) => File.WriteAllText(_folder.Of("model.safetensors.index.json"), json);
}
