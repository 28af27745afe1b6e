using System.Runtime.Intrinsics;

namespace AgentOps.Models.Decoding;

/// <summary>The gated activation of a tile row of 32 gates and 32 values: silu(gate) · value, with silu(x) = x / (1 + e^-x).</summary>
internal static unsafe class SwiGlu
{
    public const int Width = PackedMatrix.PanelWidth / 2;

    /// <param name="tile">[64]: 32 gates, then 32 values.</param>
    /// <param name="y">Receives 32 numbers.</param>
    public static void Apply(float* tile, float* y)
    {
        for (var i = 0; i < Width; i += Lanes.Count)
        {
            var gate = Vector512.Load(tile + i);
            var silu = gate / (Vector512<float>.One + Exponential.Of(-gate));
            (silu * Vector512.Load(tile + Width + i)).Store(y + i);
        }
    }
}
