using AgentOps.Torch.Kernels;
using TorchSharp;
using static TorchSharp.torch;

namespace AgentOps.Torch.Tests;

public sealed class KernelTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();
    private readonly Generator random = new(1);

    [Theory]
    [InlineData(3, 5)]
    [InlineData(200, 96)]
    public void RmsNorm_is_its_composite(long rows, long width) => Same(
        t => Fused.RmsNorm(t[0], t[1], 1e-6), t => Composite.RmsNorm(t[0], t[1], 1e-6), Normal(2, rows, width), Normal(width));

    [Fact]
    public void Rope_is_its_composite_and_takes_heads_that_lie_side_by_side()
    {
        using var table = RotaryTable.Of(arange(7), 6, 10000);
        Same(t => Fused.Rope(t[0], table), t => Composite.Rope(t[0], table), Normal(2, 3, 7, 6));
        Same(t => Fused.Rope(t[0].transpose(1, 2), table), t => Composite.Rope(t[0].transpose(1, 2), table), Normal(2, 7, 3, 6));
    }

    [Fact]
    public void Rope_takes_positions_of_each_sequence()
    {
        using var table = RotaryTable.Of(tensor(new long[] { 0, 1, 2, 5, 6, 7 }, [2, 3]), 4, 500);
        Same(t => Fused.Rope(t[0], table), t => Composite.Rope(t[0], table), Normal(2, 2, 3, 4));
    }

    [Fact]
    public void Rope_rotates_by_position_times_frequency()
    {
        // Width 4, theta 100: frequencies 1 and 100^(-2/4) = 0.1. At position 2 the pairs (x0, x2) and (x1, x3) turn by 2 and 0.2.
        var x = tensor(new float[] { 1, 1, 0, 0 }, [1, 1, 1, 4]);
        var expected = new[] { Math.Cos(2), Math.Cos(0.2), Math.Sin(2), Math.Sin(0.2) };
        var actual = Fused.Rope(x, tensor(new long[] { 2 }), 100).data<float>().ToArray();
        Assert.All(expected.Zip(actual), pair => Assert.Equal(pair.First, pair.Second, 1e-6));
    }

    [Theory]
    [InlineData(2, 2, 5, 5)]
    [InlineData(4, 2, 70, 70)]
    [InlineData(6, 1, 130, 130)]
    [InlineData(4, 2, 3, 9)]
    public void CausalAttention_is_its_composite(long heads, long keyHeads, long queries, long keys) => Same(
        t => Fused.CausalAttention(t[0], t[1], t[2]),
        t => Composite.CausalAttention(t[0], t[1], t[2]),
        Normal(2, heads, queries, 8), Normal(2, keyHeads, keys, 8), Normal(2, keyHeads, keys, 8));

    [Fact]
    public void CausalAttention_with_padding_and_packing_is_its_composite()
    {
        // The first row is padded on the left, the second packs two texts and ends in padding.
        var segments = tensor(new long[] { -1, -1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, -1, -1, -1 }, [2, 8]);
        Same(
            t => Fused.CausalAttention(t[0], t[1], t[2], segments),
            t => Composite.CausalAttention(t[0], t[1], t[2], segments),
            Normal(2, 4, 8, 6), Normal(2, 2, 8, 6), Normal(2, 2, 8, 6));
    }

    [Fact]
    public void CausalAttention_to_a_number_that_comes_back_is_its_composite()
    {
        // What stands between the two parts of text 0 is not seen by it; the last queries alone, and all of them.
        var segments = tensor(new long[] { 0, 0, 1, 1, -1, 0, 0, 1, 0, 1, 1, 1, 1, 1, 1, 2 }, [2, 8]);
        foreach (var queries in new long[] { 3, 8 })
        {
            Same(
                t => Fused.CausalAttention(t[0], t[1], t[2], segments),
                t => Composite.CausalAttention(t[0], t[1], t[2], segments),
                Normal(2, 4, queries, 6), Normal(2, 2, 8, 6), Normal(2, 2, 8, 6));
        }
    }

    [Fact]
    public void CausalAttention_over_many_packed_texts_is_its_composite()
    {
        // Lengths on both sides of the kernel's blocks of 64 queries.
        var lengths = new[] { 1, 63, 64, 65, 2, 130 };
        var numbers = lengths.SelectMany((length, text) => Enumerable.Repeat((long)text, length)).ToArray();
        var segments = tensor(numbers, [1, numbers.Length]);
        Same(
            t => Fused.CausalAttention(t[0], t[1], t[2], segments),
            t => Composite.CausalAttention(t[0], t[1], t[2], segments),
            Normal(1, 4, numbers.Length, 8), Normal(1, 2, numbers.Length, 8), Normal(1, 2, numbers.Length, 8));
    }

    [Fact]
    public void CausalAttention_of_heads_that_lie_side_by_side_is_its_composite() => Same(
        t => Fused.CausalAttention(t[0].transpose(1, 2), t[1].transpose(1, 2), t[2].transpose(1, 2)),
        t => Composite.CausalAttention(t[0].transpose(1, 2), t[1].transpose(1, 2), t[2].transpose(1, 2)),
        Normal(2, 9, 4, 6), Normal(2, 9, 2, 6), Normal(2, 9, 2, 6));

    [Fact]
    public void A_query_that_sees_nothing_gives_zero_and_has_no_gradient()
    {
        var (q, k, v) = (Leaf(1, 1, 2, 4), Leaf(1, 1, 2, 4), Leaf(1, 1, 2, 4));
        var y = Fused.CausalAttention(q, k, v, tensor(new long[] { -1, 0 }, [1, 2]));
        y.sum().backward();
        Assert.Equal(new float[4], y[0, 0, 0].data<float>().ToArray());
        Assert.Equal(new float[4], v.grad![0, 0, 0].data<float>().ToArray());
        Assert.True(q.grad!.isfinite().all().ToBoolean());
    }

    [Fact]
    public void A_packed_text_is_attended_as_if_it_stood_alone()
    {
        var (q, k, v) = (Normal(1, 2, 9, 4), Normal(1, 2, 9, 4), Normal(1, 2, 9, 4));
        var packed = Fused.CausalAttention(q, k, v, tensor(new long[] { 0, 0, 0, 0, 1, 1, 1, 1, 1 }, [1, 9])).narrow(2, 4, 5);
        var alone = Fused.CausalAttention(q.narrow(2, 4, 5), k.narrow(2, 4, 5), v.narrow(2, 4, 5));
        Assert.True(packed.allclose(alone, 1e-5, 1e-6));
    }

    [Fact]
    public void A_value_that_is_no_number_is_not_hidden_by_attention()
    {
        var (q, k, v) = (full([1, 1, 3, 4], float.NaN), Normal(1, 1, 3, 4), Normal(1, 1, 3, 4));
        Assert.True(Fused.CausalAttention(q, k, v).isnan().all().ToBoolean());
    }

    [Fact]
    public void SwiGlu_is_its_composite() => Same(
        t => Fused.SwiGlu(t[0], t[1]), t => Composite.SwiGlu(t[0], t[1]), Normal(5, 37) * 20, Normal(5, 37));

    [Theory]
    [InlineData(3, 7)]
    [InlineData(50, 1000)]
    public void TokenLogProbs_are_their_composite(long rows, long classes)
    {
        var targets = randint(classes, [rows], generator: random);
        Same(t => Fused.TokenLogProbs(t[0], targets), t => Composite.TokenLogProbs(t[0], targets), Normal(rows, classes) * 30);
    }

    [Fact]
    public void TokenLogProbs_are_natural_logarithms()
    {
        // Odds 1 : 3, so the second has log(3/4).
        var logits = tensor(new[] { 0f, (float)Math.Log(3) }, [1, 2]);
        Assert.Equal(Math.Log(0.75), Fused.TokenLogProbs(logits, tensor(new[] { 1L })).item<float>(), 1e-6);
    }

    [Fact]
    public void A_target_outside_the_vocabulary_is_refused() =>
        Assert.Throws<TorchException>(() => Fused.TokenLogProbs(zeros(1, 4), tensor(new[] { 4L })));

    [Fact]
    public void Gradients_are_finite_differences()
    {
        var segments = tensor(new long[] { 0, 0, 0, 1, 1 }, [1, 5]);
        var targets = tensor(new long[] { 2, 0, 1 });
        using var table = RotaryTable.Of(arange(5), 4, 10000);
        Slope(t => Fused.RmsNorm(t[0], t[1], 1e-5), Normal(6, 8), Normal(8));
        Slope(t => Fused.Rope(t[0], table), Normal(1, 2, 5, 4));
        Slope(t => Fused.CausalAttention(t[0], t[1], t[2], segments), Normal(1, 4, 5, 4), Normal(1, 2, 5, 4), Normal(1, 2, 5, 4));
        Slope(t => Fused.SwiGlu(t[0], t[1]), Normal(4, 9), Normal(4, 9));
        Slope(t => Fused.TokenLogProbs(t[0], targets), Normal(3, 6));
    }

    [Fact]
    public void A_second_derivative_is_refused_and_not_wrong()
    {
        var (x, w) = (Leaf(2, 4), Leaf(4));
        var y = Fused.RmsNorm(x, w, 1e-6).sum();
        var refused = Assert.Throws<TorchException>(() => y.backward(create_graph: true));
        Assert.Contains("RmsNorm has no second derivative", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Other_types_take_the_composite()
    {
        var (gate, up) = (Normal(3, 4).to(float64), Normal(3, 4).to(float64));
        Assert.True(Fused.SwiGlu(gate, up).equal(Composite.SwiGlu(gate, up)));
    }

    [Theory]
    [InlineData(3, 5)]
    [InlineData(24, 96)]
    [InlineData(130, 257)]
    public void A_linear_map_in_four_bits_is_its_composite(long outputs, long inputs)
    {
        using var weight = Nf4Weight.Of(Normal(outputs, inputs).data<float>().ToArray(), outputs, inputs);
        Same(t => Fused.Nf4Linear(t[0], weight), t => Composite.Nf4Linear(t[0], weight), Normal(2, 7, inputs));
        Slope(t => Fused.Nf4Linear(t[0], weight), Normal(2, 3, inputs));
    }

    [Fact]
    public void A_linear_map_in_four_bits_says_what_its_unpacked_weight_says_bit_for_bit()
    {
        var (values, x) = (Normal(70, 33), Normal(4, 33));
        using var weight = Nf4Weight.Of(values.data<float>().ToArray(), 70, 33);

        Assert.True(Fused.Nf4Linear(x, weight).equal(nn.functional.linear(x, tensor(weight.Values(), [70, 33]))));
    }

    public void Dispose()
    {
        random.Dispose();
        scope.Dispose();
    }

    private Tensor Normal(params long[] shape) => randn(shape, generator: random);

    private Tensor Leaf(params long[] shape) => Normal(shape).requires_grad_();

    /// <summary>Values and gradients, against the composite in float64.</summary>
    private void Same(Func<Tensor[], Tensor> fused, Func<Tensor[], Tensor> composite, params Tensor[] inputs)
    {
        Tensor[] ours = [.. inputs.Select(input => input.detach().clone().requires_grad_())];
        Tensor[] exact = [.. inputs.Select(input => input.detach().to(float64).requires_grad_())];
        var (y, expected) = (fused(ours), composite(exact));
        var direction = randn(y.shape, generator: random);
        (y * direction).sum().backward();
        (expected * direction.to(float64)).sum().backward();
        Close("value", y, expected);
        for (var i = 0; i < inputs.Length; i++)
        {
            Close($"gradient {i}", ours[i].grad!, exact[i].grad!);
        }
    }

    private static void Close(string what, Tensor actual, Tensor expected)
    {
        Assert.Equal(expected.shape, actual.shape);
        var scale = Math.Max(1, expected.abs().max().ToDouble());
        var error = (actual.to(float64) - expected).abs().max().ToDouble() / scale;
        Assert.True(error < 2e-6, $"{what} is off by {error} of its largest element");
    }

    /// <summary>The gradient along a random direction against (f(x + h d) - f(x - h d)) / 2h.</summary>
    private void Slope(Func<Tensor[], Tensor> function, params Tensor[] inputs)
    {
        const double Step = 1e-2;
        Tensor[] leaves = [.. inputs.Select(input => input.detach().clone().requires_grad_())];
        Tensor[] directions = [.. inputs.Select(input => randn(input.shape, generator: random))];
        var weights = randn(function(leaves).shape, generator: random);
        double Value(double at)
        {
            using var quiet = no_grad();
            Tensor[] moved = [.. inputs.Zip(directions, (input, direction) => input + direction * at)];
            return (function(moved).to(float64) * weights.to(float64)).sum().ToDouble();
        }

        (function(leaves) * weights).sum().backward();
        var exact = leaves.Zip(directions, (leaf, direction) => (leaf.grad! * direction).sum().ToDouble()).Sum();
        var measured = (Value(Step) - Value(-Step)) / (2 * Step);
        Assert.True(Math.Abs(exact - measured) < 5e-3 * Math.Max(1, Math.Abs(exact)), $"the gradient says {exact}, the difference {measured}");
    }
}
