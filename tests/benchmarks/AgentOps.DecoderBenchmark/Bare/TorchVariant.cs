namespace AgentOps.DecoderBenchmark.Bare;

/// <summary>One way to write the decoder with libtorch; which is the fastest depends on the batch, so all are tried.</summary>
/// <param name="Kernels">Norms, rotation and SwiGLU as fused kernels instead of plain operations.</param>
/// <param name="FusedAttention">Attention of one token as the fused causal kernel instead of two batched products around a softmax.</param>
/// <param name="Preallocated">Keys and values are written into slices of one allocation instead of being concatenated.</param>
/// <param name="StackedGates">Gate and up projection in one product.</param>
/// <param name="Transposed">Weights lie [inputs, outputs] instead of [outputs, inputs].</param>
internal sealed record TorchVariant(bool Kernels, bool FusedAttention, bool Preallocated, bool StackedGates, bool Transposed)
{
    public static IReadOnlyList<TorchVariant> All { get; } =
    [
        .. from kernels in Both from attention in Both from preallocated in Both from stacked in Both from transposed in Both
           select new TorchVariant(kernels, attention, preallocated, stacked, transposed),
    ];

    private static bool[] Both => [true, false];

    public override string ToString() => string.Join(", ",
        Kernels ? "fused norms" : "plain norms", FusedAttention ? "fused attention" : "plain attention", Preallocated ? "preallocated cache" : "concatenated cache",
        StackedGates ? "stacked gates" : "two gate products", Transposed ? "transposed weights" : "weights as stored");
}
