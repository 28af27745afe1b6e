namespace AgentOps.Models.Decoding;

/// <summary>A model's weights in the form the engine computes with: f32, packed for its kernels. Immutable; several engines may share one.</summary>
public sealed class DecoderModel
{
    private DecoderModel(ModelConfig config, IReadOnlyList<DecoderLayer> layers, Floats? embedding, Floats finalGain, PackedMatrix head) =>
        (Config, Layers, Embedding, FinalGain, Head) = (config, layers, embedding, finalGain, head);

    public ModelConfig Config { get; }

    internal IReadOnlyList<DecoderLayer> Layers { get; }

    /// <summary>The multiply-adds of all matrix products for one row.</summary>
    internal long MultiplyAdds => Head.MultiplyAdds + Layers.Sum(l => l.Qkv.MultiplyAdds + l.Output.MultiplyAdds + l.GateUp.MultiplyAdds + l.Down.MultiplyAdds);

    /// <summary>[vocabulary][hidden]; null where the embedding is tied to the head.</summary>
    internal Floats? Embedding { get; }

    internal Floats FinalGain { get; }

    internal PackedMatrix Head { get; }

    /// <summary>Packs a folder's weights; the folder's own copy may be dropped afterwards.</summary>
    public static DecoderModel Create(ModelFolder folder) => Create(folder.Config, name => folder.Tensors[name].Values);

    /// <param name="config">Family and sizes.</param>
    /// <param name="tensor">Gives a tensor by its Hugging Face name as f32 in row-major order.</param>
    /// <exception cref="ModelFormatException">The configuration is impossible, or a tensor does not have the size that it asks for.</exception>
    public static DecoderModel Create(ModelConfig config, Func<string, float[]> tensor)
    {
        if (config.Score is not null)
            throw new ModelFormatException("A reward model says no next token: it cannot be decoded from.");
        var sizes = TensorNames.Of(config.Checked()).ToDictionary(t => t.Name, t => t.Shape);
        float[] Sized(string name)
        {
            var values = tensor(name);
            return values.Length == sizes[name].Aggregate(1L, (product, size) => product * size)
                ? values
                : throw new ModelFormatException($"Tensor {name} has {values.Length} numbers, but the configuration asks for [{string.Join(", ", sizes[name])}].");
        }
        var embedding = Sized(TensorNames.Embedding);
        var layers = Enumerable.Range(0, config.Layers).Select(i => Layer(config, i, Sized)).ToArray();
        var head = PackedMatrix.Stack(config.HiddenSize, [config.TieWordEmbeddings ? embedding : Sized(TensorNames.Head)]);
        return new(config, layers, config.TieWordEmbeddings ? null : Copy(embedding), Copy(Sized(TensorNames.FinalNorm)), head);
    }

    /// <summary>Writes a token's embedding to a row of [hidden] numbers.</summary>
    internal unsafe void Embed(int token, float* row)
    {
        if (Embedding is null)
            Head.CopyRow(token, row);
        else
            Embedding.Span.Slice(token * Config.HiddenSize, Config.HiddenSize).CopyTo(new Span<float>(row, Config.HiddenSize));
    }

    private static DecoderLayer Layer(ModelConfig c, int layer, Func<string, float[]> tensor)
    {
        float[][] Weights(params ReadOnlySpan<char> projections) => [.. projections.ToArray().Select(p => tensor(TensorNames.AttentionWeight(layer, p)))];
        float[][] Biases(params ReadOnlySpan<char> projections) => [.. projections.ToArray().Select(p => tensor(TensorNames.AttentionBias(layer, p)))];
        return new(
            Copy(tensor(TensorNames.InputNorm(layer))),
            PackedMatrix.Stack(c.HiddenSize, Weights('q', 'k', 'v'), c.HasQueryKeyValueBias ? Biases('q', 'k', 'v') : null),
            c.HasHeadNorms ? Copy(tensor(TensorNames.HeadNorm(layer, 'q'))) : null,
            c.HasHeadNorms ? Copy(tensor(TensorNames.HeadNorm(layer, 'k'))) : null,
            PackedMatrix.Stack(c.QueryWidth, Weights('o'), c.HasOutputBias ? Biases('o') : null),
            Copy(tensor(TensorNames.PostAttentionNorm(layer))),
            PackedMatrix.Interleave(c.HiddenSize, tensor(TensorNames.Gate(layer)), tensor(TensorNames.Up(layer))),
            PackedMatrix.Stack(c.IntermediateSize, [tensor(TensorNames.Down(layer))]));
    }

    private static Floats Copy(float[] values)
    {
        var copy = new Floats(values.Length);
        values.CopyTo(copy.Span);
        return copy;
    }
}

/// <summary>One decoder block: attention with queries, keys and values stacked, then the gated MLP with gate and up interleaved.</summary>
internal sealed record DecoderLayer(
    Floats InputGain, PackedMatrix Qkv, Floats? QueryGain, Floats? KeyGain, PackedMatrix Output, Floats MlpGain, PackedMatrix GateUp, PackedMatrix Down);
