using AgentOps.Models;
using static TorchSharp.torch;

namespace AgentOps.Learning.Tests;

public sealed class Model_folders
{
    [Theory]
    [InlineData(ModelFamily.Qwen3, false)]
    [InlineData(ModelFamily.Qwen3, true)]
    [InlineData(ModelFamily.Qwen2, false)]
    [InlineData(ModelFamily.Llama, true)]
    public void Parameters_are_exactly_hugging_faces_tensors(ModelFamily family, bool tied)
    {
        using var policy = Tiny.Policy(family: family, tied: tied);

        var expected = TensorNames.Of(Tiny.Config(family, tied)).Select(tensor => $"{tensor.Name} [{string.Join(", ", tensor.Shape)}]").Order(StringComparer.Ordinal);
        Assert.Equal(expected, policy.Parameters.Select(named => $"{named.name} [{string.Join(", ", named.parameter.shape)}]"));
    }

    [Theory]
    [InlineData(ModelFamily.Qwen3, false)]
    [InlineData(ModelFamily.Qwen2, true)]
    [InlineData(ModelFamily.Llama, false)]
    public void A_saved_and_loaded_model_gives_equal_logits(ModelFamily family, bool tied)
    {
        using var scope = NewDisposeScope();
        using var folders = new Folders();
        using var policy = Tiny.Policy(family: family, tied: tied);
        var folder = folders.New();
        policy.Save(folder);
        using var loaded = Policy.Load(folder);
        var ids = tensor(new long[] { 1, 40, 2, 250, 3, 1 }, [1, 6]);

        Assert.Equal(Numbers.Of(policy.Transformer.call(ids)), Numbers.Of(loaded.Transformer.call(ids)));
        Assert.Equal(policy.Transformer.Config.ToJson(), loaded.Transformer.Config.ToJson());
        Assert.Equal(policy.Tokenizer.ToJson(), loaded.Tokenizer.ToJson());
    }

    [Fact]
    public void Initialisation_follows_from_seed_and_name()
    {
        using var first = Tiny.Policy(seed: 4);
        using var second = Tiny.Policy(seed: 4, layers: 3);
        using var other = Tiny.Policy(seed: 5);
        float[] Of(Policy policy, string name) => Numbers.Of(policy.Parameters.Single(named => named.name == name).parameter);

        Assert.Equal(Of(first, TensorNames.Gate(1)), Of(second, TensorNames.Gate(1)));
        Assert.NotEqual(Of(first, TensorNames.Gate(1)), Of(other, TensorNames.Gate(1)));
        Assert.NotEqual(Of(first, TensorNames.Gate(0)), Of(first, TensorNames.Gate(1)));
        // 4,800 uniform numbers of deviation 0.7: the sample's deviation lies within 3 % of it, several standard errors away from failing.
        var embedding = Of(first, TensorNames.Embedding);
        Assert.InRange(Math.Sqrt(embedding.Average(value => (double)value * value)), 0.68, 0.72);
    }

    [Fact]
    public void The_logits_at_a_place_do_not_depend_on_what_follows()
    {
        using var scope = NewDisposeScope();
        using var policy = Tiny.Policy();
        var whole = policy.Transformer.call(tensor(new long[] { 1, 40, 2, 250, 3, 1 }, [1, 6]));
        var start = policy.Transformer.call(tensor(new long[] { 1, 40, 2 }, [1, 3]));

        Tiny.Close(Numbers.Of(start), Numbers.Of(whole.narrow(1, 0, 3).contiguous()), 1e-6);
    }
}
