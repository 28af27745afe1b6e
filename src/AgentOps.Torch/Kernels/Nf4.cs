namespace AgentOps.Torch.Kernels;

/// <summary>
/// Four-bit NormalFloat with double quantisation. Dettmers et al. 2023 (QLoRA), arXiv:2305.14314, section 3 and appendix E: 64 weights share their largest magnitude, each weight is the nearest of 16 levels times it;
/// of the magnitudes their mean is kept, and 256 of them share the scale of what they differ from it by.
/// Departs from the paper: the differences are kept as symmetric 8-bit integers, where its code has an 8-bit float of its own kind.
/// </summary>
public static class Nf4
{
    /// <summary>Weights that share a largest magnitude.</summary>
    public const int Block = 64;

    /// <summary>Magnitudes that share a scale.</summary>
    public const int Group = 256;

    private const int LargestStep = 127;

    /// <summary>Quantiles of a normal distribution, with an exact 0.</summary>
    public static readonly IReadOnlyList<float> Levels =
    [
        -1.0f, -0.6961928009986877f, -0.5250730514526367f, -0.39491748809814453f, -0.28444138169288635f, -0.18477343022823334f, -0.09105003625154495f, 0.0f,
        0.07958029955625534f, 0.16093020141124725f, 0.24611230194568634f, 0.33791524171829224f, 0.44070982933044434f, 0.5626170039176941f, 0.7229568362236023f, 1.0f,
    ];

    private static readonly float[] Between = [.. Levels.Zip(Levels.Skip(1), (low, high) => (low + high) / 2)];

    /// <param name="Codes">Two of four bits a byte, the first in the upper half.</param>
    /// <param name="Steps">One for each block: the magnitude's distance from <paramref name="Offset"/> in units of its group's scale.</param>
    /// <param name="Scales">One for each group of blocks.</param>
    /// <param name="Offset">The mean of the magnitudes.</param>
    public sealed record Packed(byte[] Codes, sbyte[] Steps, float[] Scales, float Offset);

    /// <summary>The nearest level's number; on the border of two the lower.</summary>
    /// <param name="value">-1 to 1.</param>
    public static int Code(float value)
    {
        var code = 0;
        foreach (var border in Between)
            code += value > border ? 1 : 0;
        return code;
    }

    public static Packed Pack(ReadOnlySpan<float> values)
    {
        var magnitudes = new float[(values.Length + Block - 1) / Block];
        var codes = new byte[(values.Length + 1) / 2];
        for (var block = 0; block < magnitudes.Length; block++)
        {
            var some = values[(block * Block)..Math.Min(values.Length, (block + 1) * Block)];
            foreach (var value in some)
                magnitudes[block] = Math.Max(magnitudes[block], Math.Abs(value));
            for (var i = 0; i < some.Length; i++)
            {
                var (code, at) = (Code(magnitudes[block] == 0 ? 0 : some[i] / magnitudes[block]), block * Block + i);
                codes[at / 2] |= (byte)(at % 2 == 0 ? code << 4 : code);
            }
        }
        var (steps, scales, offset) = PackMagnitudes(magnitudes);
        return new(codes, steps, scales, offset);
    }

    /// <param name="count">The number of values that were packed.</param>
    public static float[] Unpack(Packed packed, int count)
    {
        var values = new float[count];
        for (var i = 0; i < count; i++)
        {
            var magnitude = packed.Steps[i / Block] * packed.Scales[i / Block / Group] + packed.Offset;
            values[i] = Levels[i % 2 == 0 ? packed.Codes[i / 2] >> 4 : packed.Codes[i / 2] & 15] * magnitude;
        }
        return values;
    }

    private static (sbyte[] Steps, float[] Scales, float Offset) PackMagnitudes(float[] magnitudes)
    {
        var offset = magnitudes.Length == 0 ? 0 : (float)magnitudes.Average(magnitude => (double)magnitude);
        var (steps, scales) = (new sbyte[magnitudes.Length], new float[(magnitudes.Length + Group - 1) / Group]);
        for (var group = 0; group < scales.Length; group++)
        {
            var some = magnitudes.AsSpan(group * Group, Math.Min(Group, magnitudes.Length - group * Group));
            foreach (var magnitude in some)
                scales[group] = Math.Max(scales[group], Math.Abs(magnitude - offset) / LargestStep);
            for (var i = 0; i < some.Length; i++)
                steps[group * Group + i] = (sbyte)(scales[group] == 0 ? 0 : Math.Clamp(MathF.Round((some[i] - offset) / scales[group]), -LargestStep, LargestStep));
        }
        return (steps, scales, offset);
    }
}
