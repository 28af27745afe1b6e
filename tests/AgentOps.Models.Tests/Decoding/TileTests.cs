using AgentOps.Models.Decoding;

namespace AgentOps.Models.Tests.Decoding;

public sealed unsafe class TileTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(4)]
    [InlineData(6)]
    public void Every_kernel_of_either_width_gives_the_bits_of_one_scalar_chain(int rows)
    {
        const int inputs = 77, outputs = 61;
        var random = new Random(rows);
        var matrix = Enumerable.Range(0, outputs * inputs).Select(_ => (float)random.NextDouble() - 0.5f).ToArray();
        var packed = PackedMatrix.Stack(inputs, [matrix]);
        var x = new Floats(rows * inputs);
        foreach (ref var value in x.Span)
            value = (float)random.NextDouble() - 0.5f;
        var wide = new Floats(rows * 64);
        var narrow = new Floats(rows * 64);
        Tile.Multiply(rows, x.Pointer, inputs, packed.Panel(0), inputs, wide.Pointer);
        NarrowTile.Multiply(rows, x.Pointer, inputs, packed.Panel(0), inputs, narrow.Pointer);
        for (var row = 0; row < rows; row++)
            for (var output = 0; output < 64; output++)
            {
                var expected = output < outputs ? Chain(matrix.AsSpan(output * inputs, inputs), x.Span.Slice(row * inputs, inputs)) : 0;
                Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(wide.Span[row * 64 + output]));
                Assert.Equal(BitConverter.SingleToInt32Bits(expected), BitConverter.SingleToInt32Bits(narrow.Span[row * 64 + output]));
            }
    }

    [Fact]
    public void A_packed_row_reads_back()
    {
        var packed = PackedMatrix.Stack(3, [[1, 2, 3, 4, 5, 6], [7, 8, 9]]);
        var row = new Floats(3);
        packed.CopyRow(2, row.Pointer);
        Assert.Equal([7, 8, 9], row.Span.ToArray());
    }

    private static float Chain(ReadOnlySpan<float> weights, ReadOnlySpan<float> x)
    {
        var sum = 0f;
        for (var i = 0; i < weights.Length; i++)
            sum = MathF.FusedMultiplyAdd(x[i], weights[i], sum);
        return sum;
    }
}
