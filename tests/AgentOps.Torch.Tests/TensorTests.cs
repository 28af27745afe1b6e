using TorchSharp;
using static TorchSharp.torch;

namespace AgentOps.Torch.Tests;

public sealed class TensorTests : IDisposable
{
    private readonly DisposeScope scope = NewDisposeScope();

    [Fact]
    public void An_index_expression_takes_numbers_slices_new_dimensions_and_an_ellipsis()
    {
        var x = arange(24).view(2, 3, 4);
        Assert.Equal([20L, 21, 22, 23], x[1, 2].data<long>().ToArray());
        Assert.Equal([1L, 2, 5, 6, 9, 10], x[0, .., 1..3].data<long>().ToArray());
        Assert.Equal([3L, 7, 11, 15, 19, 23], x[TensorIndex.Ellipsis, -1].data<long>().ToArray());
        Assert.Equal([2L, 1, 3, 4], x[TensorIndex.Colon, TensorIndex.Null].shape);
        Assert.Equal([0L, 2], x[0, 0, TensorIndex.Slice(step: 2)].data<long>().ToArray());
        Assert.Equal(23, x[^1, ^1, ^1].item<long>());
        Assert.Equal([2L, 3, 1], x[.., .., ^1..].shape);
    }

    [Fact]
    public void A_tensor_of_numbers_or_a_mask_indexes_its_dimension()
    {
        var x = arange(12).view(3, 4);
        var rows = tensor(new long[] { 2, 0 });
        Assert.Equal([9L, 1], x[rows, 1].data<long>().ToArray());
        Assert.Equal([8L, 9, 10, 11, 0, 1, 2, 3], x[TensorIndex.Tensor(rows)].data<long>().ToArray());
        Assert.Equal([10L, 11], x[TensorIndex.Tensor(x.gt(9))].data<long>().ToArray());
    }

    [Fact]
    public void Values_are_put_where_an_index_says()
    {
        var x = zeros(2, 3);
        x[0, 1..] = ones(2);
        x.index_put_(tensor(new[] { 5f, 6f }), true, tensor(new long[] { 1, 1 }), tensor(new long[] { 2, 2 }));
        Assert.Equal([0, 1, 1, 0, 0, 11], x.data<float>().ToArray());
    }

    [Fact]
    public void An_accessor_reads_a_view_in_its_own_order()
    {
        var turned = arange(6).view(2, 3).t();
        Assert.Equal([0L, 3, 1, 4, 2, 5], turned.data<long>().ToArray());
        Assert.Equal(4, turned.data<long>()[1, 1]);
        turned.data<long>().CopyFrom([9L], tensorIndex: 1);
        Assert.Equal(9, turned[0, 1].item<long>());
    }

    [Fact]
    public void An_accessor_refuses_a_place_outside_and_another_type()
    {
        var x = zeros(2, 3);
        Assert.Throws<ArgumentOutOfRangeException>(() => x.data<float>()[0, 3]);
        Assert.Throws<ArgumentOutOfRangeException>(() => x.data<float>()[-1, 0]);
        Assert.Throws<ArgumentOutOfRangeException>(() => x.data<float>().CopyTo(new float[2], tensorIndex: 7));
        Assert.Throws<InvalidOperationException>(() => x.data<double>());
        Assert.Throws<InvalidOperationException>(() => ones(1).item<long>());
    }

    [Fact]
    public void An_accessor_does_not_outlive_its_tensor()
    {
        var x = zeros(2);
        var values = x.data<float>();
        x.Dispose();
        Assert.Throws<ObjectDisposedException>(() => values.ToArray());
        Assert.Throws<ObjectDisposedException>(() => values[0]);
    }

    [Fact]
    public void Bytes_are_the_tensors_own()
    {
        var x = zeros(2);
        x.bytes[3] = 0x3f;
        x.bytes[2] = 0x80;
        Assert.Equal([1f, 0f], x.data<float>().ToArray());
        Assert.Throws<InvalidOperationException>(() => zeros(2, 3).t().bytes.Length);
    }

    [Fact]
    public void Raw_bytes_need_the_shape_to_take_them_exactly() =>
        Assert.Throws<TorchException>(() => FromBytes(new byte[12], [2], float32));

    [Fact]
    public void Bfloat16_goes_through_raw_bytes()
    {
        // 1.5 is 0x3FC0 in bfloat16.
        Assert.Equal([1.5f], FromBytes([0xC0, 0x3F], [1], bfloat16).to(float32).data<float>().ToArray());
        Assert.Equal([0xC0, 0x3F], tensor(new[] { 1.5f }).to(bfloat16).bytes.ToArray());
    }

    [Fact]
    public void Numbers_stand_on_either_side_of_an_operator()
    {
        var x = tensor(new[] { 2f, 4f });
        Assert.Equal([-1f, -3f], (1 - x).data<float>().ToArray());
        Assert.Equal([0.5f, 0.25f], (1.0 / x).data<float>().ToArray());
        Assert.Equal([1f, 2f], (x / 2).data<float>().ToArray());
        Assert.Equal([false, true], (x > 3).data<bool>().ToArray());
        Assert.Equal(ScalarType.Int64, (arange(2) + 1).dtype);
    }

    [Fact]
    public void Zero_names_the_first_dimension_of_a_sum() =>
        Assert.Equal([3f, 5f, 7f], arange(6).to(float32).view(2, 3).sum(0).data<float>().ToArray());

    [Fact]
    public void Attention_with_a_mask_of_what_to_look_at_is_causal_attention()
    {
        using var random = new Generator(1);
        Tensor Normal() => randn([1, 2, 5, 4], generator: random);
        var (q, k, v) = (Normal(), Normal(), Normal());
        var causal = nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true);
        Assert.True(causal.allclose(nn.functional.scaled_dot_product_attention(q, k, v, ones([5, 5], dtype: @bool).tril())));
        Assert.True(causal.allclose(Kernels.Composite.CausalAttention(q, k, v), 1e-5, 1e-6));
    }

    [Fact]
    public void Cross_entropy_leaves_out_ignored_targets()
    {
        // Two equal logits: each counted target costs ln 2.
        var loss = nn.functional.cross_entropy(zeros(3, 2), tensor(new long[] { 0, -100, 1 }));
        Assert.Equal(Math.Log(2), loss.item<float>(), 1e-6);
    }

    [Theory]
    [InlineData("cpu", DeviceType.CPU, -1)]
    [InlineData("cuda:1", DeviceType.CUDA, 1)]
    public void A_device_is_a_text(string text, DeviceType type, int index)
    {
        Assert.Equal((type, index), (device(text).type, device(text).index));
        Assert.Equal(text, device(text).ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData("gpu")]
    [InlineData("cuda:-1")]
    [InlineData("cuda:1:2")]
    [InlineData("1")]
    public void Another_text_is_no_device(string text) => Assert.Throws<ArgumentException>(() => device(text));

    public void Dispose() => scope.Dispose();
}
