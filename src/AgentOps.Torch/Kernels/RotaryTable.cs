using TorchSharp;
using static TorchSharp.torch;

namespace AgentOps.Torch.Kernels;

/// <summary>Cosines and sines of rotary positions, made once per forward pass and used by every layer.</summary>
public sealed class RotaryTable : IDisposable
{
    private RotaryTable(Tensor values) => Values = values;

    /// <summary>float32 [1 or B, T, D]: D/2 cosines, then D/2 sines.</summary>
    public Tensor Values { get; }

    /// <summary>Angles position * theta^(-2i/D) in float32, as Hugging Face computes them.</summary>
    /// <param name="positions">int64 [T], or [B, T] where sequences differ.</param>
    /// <param name="headWidth">D, even.</param>
    /// <param name="theta">The base, 10000 or larger.</param>
    /// <param name="stretched">From a pair's angle per position to the one that the model turns by; null: the same.</param>
    /// <exception cref="ArgumentException">The positions are of another shape or the width is odd.</exception>
    public static RotaryTable Of(Tensor positions, long headWidth, double theta, Func<double, double>? stretched = null)
    {
        if (headWidth % 2 != 0 || positions.ndim is < 1 or > 2)
        {
            throw new ArgumentException($"rotary positions need an even head width and positions [T] or [B, T]; got width {headWidth}, {positions}");
        }

        using var quiet = no_grad();
        using var scope = NewDisposeScope();
        var frequencies = new float[headWidth / 2];
        for (var i = 0; i < frequencies.Length; i++)
        {
            frequencies[i] = 1f / (float)Math.Pow(theta, 2.0 * i / headWidth);
            frequencies[i] = stretched is null ? frequencies[i] : (float)stretched(frequencies[i]);
        }

        var rows = (positions.ndim == 1 ? positions.unsqueeze(0) : positions).to(ScalarType.Float32).unsqueeze(-1);
        var angles = rows.mul(tensor(frequencies, device: positions.device));
        return new(cat([angles.cos(), angles.sin()], -1).MoveToOuterDisposeScope());
    }

    public void Dispose() => Values.Dispose();
}
