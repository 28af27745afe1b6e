using System.Runtime.Intrinsics;

namespace AgentOps.Models.Decoding;

/// <summary>One panel of a weight matrix times all rows of a step, with what becomes of the finished tile.</summary>
internal static unsafe class Product
{
    private const int W = PackedMatrix.PanelWidth;

    /// <summary>y = W·x + bias.</summary>
    public static void Store(PackedMatrix matrix, int panel, RowBuffer x, int rows, RowBuffer y)
    {
        var tile = stackalloc float[Tile.MaxRows * W];
        for (int row = 0, taken; row < rows; row += taken)
        {
            taken = Compute(matrix, panel, x, row, rows, tile);
            for (var i = 0; i < taken; i++)
                Write(tile + i * W, matrix.Bias(panel), y.Row(row + i) + panel * W);
        }
    }

    /// <summary>y += W·x + bias.</summary>
    public static void Add(PackedMatrix matrix, int panel, RowBuffer x, int rows, RowBuffer y)
    {
        var tile = stackalloc float[Tile.MaxRows * W];
        for (int row = 0, taken; row < rows; row += taken)
        {
            taken = Compute(matrix, panel, x, row, rows, tile);
            for (var i = 0; i < taken; i++)
            {
                var target = y.Row(row + i) + panel * W;
                Write(tile + i * W, matrix.Bias(panel), tile + i * W);
                Write(tile + i * W, target, target);
            }
        }
    }

    /// <summary>y = silu(gate·x) · (up·x), for a matrix of interleaved gate and up rows.</summary>
    public static void Gate(PackedMatrix matrix, int panel, RowBuffer x, int rows, RowBuffer y)
    {
        var tile = stackalloc float[Tile.MaxRows * W];
        for (int row = 0, taken; row < rows; row += taken)
        {
            taken = Compute(matrix, panel, x, row, rows, tile);
            for (var i = 0; i < taken; i++)
                SwiGlu.Apply(tile + i * W, y.Row(row + i) + panel * SwiGlu.Width);
        }
    }

    private static int Compute(PackedMatrix matrix, int panel, RowBuffer x, int row, int rows, float* tile)
    {
        var taken = Tile.RowsOf(rows - row);
        Tile.Multiply(taken, x.Row(row), x.Stride, matrix.Panel(panel), matrix.Inputs, tile);
        return taken;
    }

    private static void Write(float* tile, float* addend, float* target)
    {
        for (var i = 0; i < W; i += Lanes.Count)
        {
            var value = Vector512.Load(tile + i);
            (addend is null ? value : value + Vector512.Load(addend + i)).Store(target + i);
        }
    }
}
