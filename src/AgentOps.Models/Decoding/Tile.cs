using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentOps.Models.Decoding;

/// <summary>
/// The innermost kernels: 1, 2, 4 or 6 input rows against one panel of 64 outputs into a tile [rows][64].
/// Every element is one chain of fused multiply-adds from zero over ascending inputs, whatever the kernel and the vector width: all of them give the same bits.
/// </summary>
internal static unsafe class Tile
{
    public const int MaxRows = 6;
    private const int W = PackedMatrix.PanelWidth;

    /// <summary>How many of the remaining rows the next tile takes.</summary>
    public static int RowsOf(int remaining) => remaining switch { >= 6 => 6, >= 4 => 4, >= 2 => 2, _ => 1 };

    /// <param name="x">The first input row; the others follow at <paramref name="stride"/>.</param>
    /// <param name="panel">[inputs][64], 64-byte aligned.</param>
    /// <param name="tile">Receives [rows][64].</param>
    public static void Multiply(int rows, float* x, nint stride, float* panel, int inputs, float* tile)
    {
        if (!Vector512.IsHardwareAccelerated)
            NarrowTile.Multiply(rows, x, stride, panel, inputs, tile);
        else if (rows == 6)
            Six(x, stride, panel, inputs, tile);
        else if (rows == 4)
            Four(x, stride, panel, inputs, tile);
        else if (rows == 2)
            Two(x, stride, panel, inputs, tile);
        else
            One(x, panel, inputs, tile);
    }

    private static void One(float* x, float* w, int inputs, float* tile)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        for (nint i = 0; i < inputs; i++, w += W)
            Step(Vector512.Create(x[i]), w, ref a0, ref a1, ref a2, ref a3);
        Store(tile, a0, a1, a2, a3);
    }

    private static void Two(float* x, nint stride, float* w, int inputs, float* tile)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        var y = x + stride;
        for (nint i = 0; i < inputs; i++, w += W)
        {
            Step(Vector512.Create(x[i]), w, ref a0, ref a1, ref a2, ref a3);
            Step(Vector512.Create(y[i]), w, ref b0, ref b1, ref b2, ref b3);
        }
        Store(tile, a0, a1, a2, a3);
        Store(tile + W, b0, b1, b2, b3);
    }

    private static void Four(float* x, nint stride, float* w, int inputs, float* tile)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        Vector512<float> d0 = default, d1 = default, d2 = default, d3 = default;
        float* y = x + stride, z = y + stride, u = z + stride;
        for (nint i = 0; i < inputs; i++, w += W)
        {
            Vector512<float> w0 = Vector512.LoadAligned(w), w1 = Vector512.LoadAligned(w + 16);
            Vector512<float> w2 = Vector512.LoadAligned(w + 32), w3 = Vector512.LoadAligned(w + 48);
            Step(Vector512.Create(x[i]), w0, w1, w2, w3, ref a0, ref a1, ref a2, ref a3);
            Step(Vector512.Create(y[i]), w0, w1, w2, w3, ref b0, ref b1, ref b2, ref b3);
            Step(Vector512.Create(z[i]), w0, w1, w2, w3, ref c0, ref c1, ref c2, ref c3);
            Step(Vector512.Create(u[i]), w0, w1, w2, w3, ref d0, ref d1, ref d2, ref d3);
        }
        Store(tile, a0, a1, a2, a3);
        Store(tile + W, b0, b1, b2, b3);
        Store(tile + 2 * W, c0, c1, c2, c3);
        Store(tile + 3 * W, d0, d1, d2, d3);
    }

    private static void Six(float* x, nint stride, float* w, int inputs, float* tile)
    {
        Vector512<float> a0 = default, a1 = default, a2 = default, a3 = default;
        Vector512<float> b0 = default, b1 = default, b2 = default, b3 = default;
        Vector512<float> c0 = default, c1 = default, c2 = default, c3 = default;
        Vector512<float> d0 = default, d1 = default, d2 = default, d3 = default;
        Vector512<float> e0 = default, e1 = default, e2 = default, e3 = default;
        Vector512<float> f0 = default, f1 = default, f2 = default, f3 = default;
        float* y = x + stride, z = y + stride, u = z + stride, v = u + stride, t = v + stride;
        for (nint i = 0; i < inputs; i++, w += W)
        {
            Vector512<float> w0 = Vector512.LoadAligned(w), w1 = Vector512.LoadAligned(w + 16);
            Vector512<float> w2 = Vector512.LoadAligned(w + 32), w3 = Vector512.LoadAligned(w + 48);
            Step(Vector512.Create(x[i]), w0, w1, w2, w3, ref a0, ref a1, ref a2, ref a3);
            Step(Vector512.Create(y[i]), w0, w1, w2, w3, ref b0, ref b1, ref b2, ref b3);
            Step(Vector512.Create(z[i]), w0, w1, w2, w3, ref c0, ref c1, ref c2, ref c3);
            Step(Vector512.Create(u[i]), w0, w1, w2, w3, ref d0, ref d1, ref d2, ref d3);
            Step(Vector512.Create(v[i]), w0, w1, w2, w3, ref e0, ref e1, ref e2, ref e3);
            Step(Vector512.Create(t[i]), w0, w1, w2, w3, ref f0, ref f1, ref f2, ref f3);
        }
        Store(tile, a0, a1, a2, a3);
        Store(tile + W, b0, b1, b2, b3);
        Store(tile + 2 * W, c0, c1, c2, c3);
        Store(tile + 3 * W, d0, d1, d2, d3);
        Store(tile + 4 * W, e0, e1, e2, e3);
        Store(tile + 5 * W, f0, f1, f2, f3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(Vector512<float> x, float* w, ref Vector512<float> a0, ref Vector512<float> a1, ref Vector512<float> a2, ref Vector512<float> a3) =>
        Step(x, Vector512.LoadAligned(w), Vector512.LoadAligned(w + 16), Vector512.LoadAligned(w + 32), Vector512.LoadAligned(w + 48), ref a0, ref a1, ref a2, ref a3);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(
        Vector512<float> x, Vector512<float> w0, Vector512<float> w1, Vector512<float> w2, Vector512<float> w3,
        ref Vector512<float> a0, ref Vector512<float> a1, ref Vector512<float> a2, ref Vector512<float> a3)
    {
        a0 = Vector512.FusedMultiplyAdd(x, w0, a0);
        a1 = Vector512.FusedMultiplyAdd(x, w1, a1);
        a2 = Vector512.FusedMultiplyAdd(x, w2, a2);
        a3 = Vector512.FusedMultiplyAdd(x, w3, a3);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* tile, Vector512<float> a0, Vector512<float> a1, Vector512<float> a2, Vector512<float> a3)
    {
        a0.Store(tile);
        a1.Store(tile + 16);
        a2.Store(tile + 32);
        a3.Store(tile + 48);
    }
}
