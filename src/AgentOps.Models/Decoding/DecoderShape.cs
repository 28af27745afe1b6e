namespace AgentOps.Models.Decoding;

/// <summary>What the decoder must know of a Qwen3-, Qwen2- or Llama-shaped model.</summary>
/// <param name="Frequencies">The rotary embedding's angle per position for each of the head's pairs, scaling included; HeadSize / 2 numbers.</param>
/// <param name="QkNorm">Queries and keys are normalised per head (Qwen3).</param>
/// <param name="TiedHead">The output matrix is the embedding.</param>
public sealed record DecoderShape(
    int Hidden, int Intermediate, int Layers, int Heads, int KvHeads, int HeadSize, int Vocabulary, int MaxPositions,
    float Epsilon, double[] Frequencies, bool QkNorm, bool QkvBias, bool OutputBias, bool TiedHead)
{
    private const int MaxHeadSize = 512;

    /// <summary>The angle per position of pair i: theta^(-2i / head size).</summary>
    public static double[] RotaryFrequencies(int headSize, double theta) =>
        [.. Enumerable.Range(0, headSize / 2).Select(i => Math.Pow(theta, -2.0 * i / headSize))];

    internal void Check()
    {
        if (new[] { Hidden, Intermediate, Layers, Heads, KvHeads, HeadSize, Vocabulary, MaxPositions }.Any(n => n <= 0))
            throw new InvalidModelException("Every size of the model configuration must be positive.");
        if (Heads % KvHeads != 0)
            throw new InvalidModelException($"{Heads} attention heads cannot share {KvHeads} key/value heads: the first must be a multiple of the second.");
        if (HeadSize % 2 != 0 || HeadSize > MaxHeadSize)
            throw new InvalidModelException($"A head of {HeadSize} numbers is not supported: it must be even and at most {MaxHeadSize}.");
        if (Frequencies.Length != HeadSize / 2)
            throw new InvalidModelException($"A head of {HeadSize} numbers needs {HeadSize / 2} rotary frequencies, not {Frequencies.Length}.");
    }
}
