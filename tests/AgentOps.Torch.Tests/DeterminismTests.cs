using System.Security.Cryptography;
using AgentOps.Torch.Kernels;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace AgentOps.Torch.Tests;

public sealed class DeterminismTests
{
    [Fact]
    public void The_same_seed_trains_to_the_same_bytes() =>
        Assert.Equal(Convert.ToHexString(Trained(11)), Convert.ToHexString(Trained(11)));

    [Fact]
    public void Another_seed_trains_to_other_bytes() =>
        Assert.NotEqual(Convert.ToHexString(Trained(11)), Convert.ToHexString(Trained(12)));

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_gradient_of_an_embedding_does_not_depend_on_threads(int threads)
    {
        var before = get_num_threads();
        using var scope = NewDisposeScope();
        try
        {
            set_num_threads(1);
            var expected = EmbeddingGradient();
            set_num_threads(threads);
            Assert.Equal(expected, EmbeddingGradient());
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void The_gradient_of_an_embedding_sums_the_rows_of_equal_numbers()
    {
        using var scope = NewDisposeScope();
        var weight = zeros([3, 2], requires_grad: true);
        var rows = nn.functional.embedding(tensor(new long[] { 2, 0, 2 }), weight);
        rows.backward([tensor(new float[] { 1, 2, 3, 4, 10, 20 }, [3, 2])]);
        Assert.Equal([3, 4, 0, 0, 11, 22], weight.grad!.data<float>().ToArray());
    }

    [Fact]
    public void Gradients_of_repeated_indices_are_added_in_order()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(2);
        var (index, gradient) = (randint(7, [200_000], generator: random), randn([200_000, 8], generator: random));
        byte[] Gradient()
        {
            var table = zeros([7, 8], requires_grad: true);
            table[TensorIndex.Tensor(index)].backward([gradient]);
            return table.grad!.bytes.ToArray();
        }

        var before = get_num_threads();
        try
        {
            set_num_threads(1);
            var expected = Gradient();
            set_num_threads(2);
            Assert.All(Enumerable.Range(0, 5), _ => Assert.Equal(expected, Gradient()));
        }
        finally
        {
            set_num_threads(before);
        }
    }

    [Fact]
    public void A_generator_goes_on_from_a_saved_state()
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(5);
        randn([3], generator: random);
        var state = random.get_state();
        var expected = randn([100], generator: random).bytes.ToArray();
        using var other = new Generator(99);
        other.set_state(state);
        Assert.Equal(expected, randn([100], generator: other).bytes.ToArray());
    }

    [Fact]
    public void The_global_seed_repeats_what_has_no_generator_of_its_own()
    {
        using var scope = NewDisposeScope();
        manual_seed(4);
        var first = rand(10).bytes.ToArray();
        manual_seed(4);
        Assert.Equal(first, rand(10).bytes.ToArray());
    }

    private static byte[] EmbeddingGradient()
    {
        using var random = new Generator(8);
        var weight = zeros([50, 64], requires_grad: true);
        var rows = nn.functional.embedding(randint(50, [16, 64], generator: random), weight);
        rows.backward([randn([16, 64, 64], generator: random)]);
        return weight.grad!.bytes.ToArray();
    }

    private static byte[] Trained(ulong seed)
    {
        using var scope = NewDisposeScope();
        using var random = new Generator(seed);
        Parameter Weight(params long[] shape) => nn.Parameter(randn(shape, generator: random) * 0.2);
        var (table, norm, gate, up, down) = (Weight(32, 16), nn.Parameter(ones(16)), Weight(64, 16), Weight(64, 16), Weight(16, 64));
        Parameter[] all = [table, norm, gate, up, down];
        using var adam = optim.AdamW(all, 0.01, weight_decay: 0.1);
        for (var i = 0; i < 5; i++)
        {
            using var step = NewDisposeScope();
            var numbers = randint(32, [4, 48], generator: random);
            var x = nn.functional.embedding(numbers, table);
            var heads = Fused.RmsNorm(x, norm, 1e-6).view(4, 48, 2, 8).transpose(1, 2);
            var mixed = Fused.CausalAttention(Fused.Rope(heads, arange(48), 10000), heads, heads).transpose(1, 2).reshape(4, 48, 16);
            var y = nn.functional.linear(Fused.SwiGlu(nn.functional.linear(mixed, gate), nn.functional.linear(mixed, up)), down);
            var loss = -Fused.TokenLogProbs(nn.functional.linear(y, table).view(-1, 32), numbers.view(-1)).mean();
            adam.zero_grad();
            loss.backward();
            nn.utils.clip_grad_norm_(all, 1);
            adam.step();
        }

        return [.. all.SelectMany(parameter => SHA256.HashData(parameter.bytes))];
    }
}
