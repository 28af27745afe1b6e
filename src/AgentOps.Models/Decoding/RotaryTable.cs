using System.Runtime.Intrinsics;

namespace AgentOps.Models.Decoding;

/// <summary>Cosines and sines of the rotary embedding (half-split form) by position. Grows on demand; for the engine's thread, between steps.</summary>
internal sealed unsafe class RotaryTable(double[] frequencies)
{
    private readonly int _half = frequencies.Length;
    private Floats _values = new(0);
    private int _positions;

    /// <summary>The angle per position of each pair i: theta^(-2i / head size), stretched where the model says so.</summary>
    public static double[] Frequencies(int headSize, double theta, RopeScaling? scaling = null) =>
        [.. Enumerable.Range(0, headSize / 2).Select(i => Math.Pow(theta, -2.0 * i / headSize)).Select(frequency => scaling?.Of(frequency) ?? frequency)];

    /// <summary>[half] cosines, then [half] sines.</summary>
    public float* At(int position) => _values.Pointer + (long)position * 2 * _half;

    public void Reach(int positions)
    {
        if (positions <= _positions)
            return;
        positions = Math.Max(positions, Math.Max(64, 2 * _positions));
        var values = new Floats((long)positions * 2 * _half);
        for (var p = 0; p < positions; p++)
            for (var i = 0; i < _half; i++)
            {
                var (sin, cos) = Math.SinCos(p * frequencies[i]);
                values.Pointer[(long)p * 2 * _half + i] = (float)cos;
                values.Pointer[(long)p * 2 * _half + _half + i] = (float)sin;
            }
        (_values, _positions) = (values, positions);
    }

    /// <summary>Rotates one head in place: pairs (i, i + half) turn by the position's angles.</summary>
    public static void Rotate(float* head, int half, float* cosSin)
    {
        var i = 0;
        for (; i <= half - Lanes.Count; i += Lanes.Count)
        {
            Vector512<float> a = Vector512.Load(head + i), b = Vector512.Load(head + half + i), cos = Vector512.Load(cosSin + i), sin = Vector512.Load(cosSin + half + i);
            (a * cos - b * sin).Store(head + i);
            (b * cos + a * sin).Store(head + half + i);
        }
        for (; i < half; i++)
        {
            float a = head[i], b = head[half + i], cos = cosSin[i], sin = cosSin[half + i];
            head[i] = a * cos - b * sin;
            head[half + i] = b * cos + a * sin;
        }
    }
}
