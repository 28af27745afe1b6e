using System.Runtime.Intrinsics;

namespace AgentOps.Models.Decoding;

/// <summary>Root-mean-square normalisation of one row: x / sqrt(mean(x²) + ε) · gain.</summary>
internal static unsafe class RmsNorm
{
    /// <param name="x">[size]; may be the same memory as <paramref name="y"/>.</param>
    /// <param name="gain">[size].</param>
    public static void Apply(float* x, float* gain, int size, float epsilon, float* y)
    {
        var scale = 1f / MathF.Sqrt(SumOfSquares(x, size) / size + epsilon);
        var i = 0;
        for (; i <= size - Lanes.Count; i += Lanes.Count)
            (Vector512.Load(x + i) * scale * Vector512.Load(gain + i)).Store(y + i);
        for (; i < size; i++)
            y[i] = x[i] * scale * gain[i];
    }

    // Four chains of 16 lanes over whole groups of 64, whole groups of 16 in the first of them, then the rest one by one: the order depends on the size alone.
    private static float SumOfSquares(float* x, int size)
    {
        Vector512<float> a = default, b = default, c = default, d = default;
        var i = 0;
        for (; i <= size - 64; i += 64)
        {
            a = Square(x + i, a);
            b = Square(x + i + 16, b);
            c = Square(x + i + 32, c);
            d = Square(x + i + 48, d);
        }
        for (; i <= size - Lanes.Count; i += Lanes.Count)
            a = Square(x + i, a);
        var sum = Lanes.Sum(a + b + (c + d));
        for (; i < size; i++)
            sum = MathF.FusedMultiplyAdd(x[i], x[i], sum);
        return sum;
    }

    private static Vector512<float> Square(float* x, Vector512<float> sum)
    {
        var v = Vector512.Load(x);
        return Vector512.FusedMultiplyAdd(v, v, sum);
    }
}
