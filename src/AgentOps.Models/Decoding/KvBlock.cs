namespace AgentOps.Models.Decoding;

/// <summary>Where a block keeps keys and values of 16 positions. Keys lie [head size][16], so that 16 scores are 16 lanes; values lie [16][padded head size].</summary>
internal sealed record KvLayout(int Layers, int KvHeads, int HeadSize)
{
    public const int Positions = Lanes.Count;

    /// <summary>The head size rounded up to what the kernels take at a time; the padding stays zero.</summary>
    public int PaddedHead { get; } = Floats.RoundUp(HeadSize, AttentionKernels.ValueWidth);

    public int Length => checked(Layers * KvHeads * (KeyLength + ValueLength));

    private int KeyLength => HeadSize * Positions;

    private int ValueLength => PaddedHead * Positions;

    public int KeyOffset(int layer, int head) => (layer * KvHeads + head) * (KeyLength + ValueLength);

    public int ValueOffset(int layer, int head) => KeyOffset(layer, head) + KeyLength;

    public static KvLayout Of(ModelConfig config) => new(config.Layers, config.KeyValueHeads, config.HeadDim);

    /// <exception cref="ArgumentException">Not even one block fits.</exception>
    public int BlocksIn(long bytes) => (int)Math.Min(int.MaxValue / Positions, bytes / sizeof(float) / Length) is > 0 and var blocks
        ? blocks
        : throw new ArgumentException($"{bytes} bytes for keys and values are too few: {Positions} positions of this model take {(long)Length * sizeof(float)}.");

    public static int BlocksFor(int positions) => (positions + Positions - 1) / Positions;
}

/// <summary>Keys and values of 16 consecutive positions in all layers. Full blocks are shared between sequences with the same prefix and never written again.</summary>
internal sealed unsafe class KvBlock(int length)
{
    private readonly Floats _values = new(length);

    public float* Pointer => _values.Pointer;

    public void CopyTo(KvBlock other) => _values.Span.CopyTo(other._values.Span);

    /// <summary>How many sequences and cached prefixes hold this block. Only the engine's own thread touches it.</summary>
    public int Holders { get; set; }
}
