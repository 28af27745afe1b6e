using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AgentOps.Models.Decoding;

/// <summary>The kernels of <see cref="Tile"/> for machines with 256-bit vectors: the same chains, in slices of 16 outputs that fit 16 registers.</summary>
internal static unsafe class NarrowTile
{
    private const int W = PackedMatrix.PanelWidth;
    private const int Slice = 16;

    public static void Multiply(int rows, float* x, nint stride, float* panel, int inputs, float* tile)
    {
        while (rows > 0)
        {
            var taken = rows >= 4 ? 4 : rows >= 2 ? 2 : 1;
            for (var slice = 0; slice < W; slice += Slice)
                if (taken == 4)
                    Four(x, stride, panel + slice, inputs, tile + slice);
                else if (taken == 2)
                    Two(x, stride, panel + slice, inputs, tile + slice);
                else if (slice % (2 * Slice) == 0)
                    One(x, panel + slice, inputs, tile + slice);
            rows -= taken;
            x += taken * stride;
            tile += taken * W;
        }
    }

    // One row takes two slices at once: four chains hide the latency of the additions better than two.
    private static void One(float* x, float* w, int inputs, float* tile)
    {
        Vector256<float> a0 = default, a1 = default, a2 = default, a3 = default;
        for (nint i = 0; i < inputs; i++, w += W)
        {
            var v = Vector256.Create(x[i]);
            a0 = Vector256.FusedMultiplyAdd(v, Vector256.LoadAligned(w), a0);
            a1 = Vector256.FusedMultiplyAdd(v, Vector256.LoadAligned(w + 8), a1);
            a2 = Vector256.FusedMultiplyAdd(v, Vector256.LoadAligned(w + 16), a2);
            a3 = Vector256.FusedMultiplyAdd(v, Vector256.LoadAligned(w + 24), a3);
        }
        Store(tile, a0, a1);
        Store(tile + Slice, a2, a3);
    }

    private static void Two(float* x, nint stride, float* w, int inputs, float* tile)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default;
        var y = x + stride;
        for (nint i = 0; i < inputs; i++, w += W)
        {
            Vector256<float> w0 = Vector256.LoadAligned(w), w1 = Vector256.LoadAligned(w + 8);
            Step(x[i], w0, w1, ref a0, ref a1);
            Step(y[i], w0, w1, ref b0, ref b1);
        }
        Store(tile, a0, a1);
        Store(tile + W, b0, b1);
    }

    private static void Four(float* x, nint stride, float* w, int inputs, float* tile)
    {
        Vector256<float> a0 = default, a1 = default, b0 = default, b1 = default;
        Vector256<float> c0 = default, c1 = default, d0 = default, d1 = default;
        float* y = x + stride, z = y + stride, u = z + stride;
        for (nint i = 0; i < inputs; i++, w += W)
        {
            Vector256<float> w0 = Vector256.LoadAligned(w), w1 = Vector256.LoadAligned(w + 8);
            Step(x[i], w0, w1, ref a0, ref a1);
            Step(y[i], w0, w1, ref b0, ref b1);
            Step(z[i], w0, w1, ref c0, ref c1);
            Step(u[i], w0, w1, ref d0, ref d1);
        }
        Store(tile, a0, a1);
        Store(tile + W, b0, b1);
        Store(tile + 2 * W, c0, c1);
        Store(tile + 3 * W, d0, d1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Step(float x, Vector256<float> w0, Vector256<float> w1, ref Vector256<float> a0, ref Vector256<float> a1)
    {
        var v = Vector256.Create(x);
        a0 = Vector256.FusedMultiplyAdd(v, w0, a0);
        a1 = Vector256.FusedMultiplyAdd(v, w1, a1);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static void Store(float* tile, Vector256<float> a0, Vector256<float> a1)
    {
        a0.Store(tile);
        a1.Store(tile + 8);
    }
}
