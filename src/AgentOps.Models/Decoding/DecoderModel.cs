namespace AgentOps.Models.Decoding;

/// <summary>A model's weights in the form the engine computes with: f32, packed for its kernels. Immutable; several engines may share one.</summary>
public sealed class DecoderModel
{
    private DecoderModel(DecoderShape shape, IReadOnlyList<DecoderLayer> layers, Floats? embedding, Floats finalGain, PackedMatrix head) =>
        (Shape, Layers, Embedding, FinalGain, Head) = (shape, layers, embedding, finalGain, head);

    public DecoderShape Shape { get; }

    internal IReadOnlyList<DecoderLayer> Layers { get; }

    /// <summary>[vocabulary][hidden]; null where the embedding is tied to the head.</summary>
    internal Floats? Embedding { get; }

    internal Floats FinalGain { get; }

    internal PackedMatrix Head { get; }

    /// <param name="shape">The model's sizes and family traits.</param>
    /// <param name="tensor">Gives a tensor by its Hugging Face name as f32 in row-major order.</param>
    /// <exception cref="InvalidModelException">A tensor does not have the size that the shape asks for.</exception>
    public static DecoderModel Create(DecoderShape shape, Func<string, float[]> tensor)
    {
        shape.Check();
        var embedding = Sized(tensor, "model.embed_tokens.weight", shape.Vocabulary, shape.Hidden);
        var layers = Enumerable.Range(0, shape.Layers).Select(i => Layer(shape, tensor, $"model.layers.{i}.")).ToArray();
        var head = PackedMatrix.Stack(shape.Hidden, [shape.TiedHead ? embedding : Sized(tensor, "lm_head.weight", shape.Vocabulary, shape.Hidden)]);
        return new(shape, layers, shape.TiedHead ? null : Copy(embedding), Copy(Sized(tensor, "model.norm.weight", shape.Hidden)), head);
    }

    /// <summary>Writes a token's embedding to a row of [hidden] numbers.</summary>
    internal unsafe void Embed(int token, float* row)
    {
        if (Embedding is null)
            Head.CopyRow(token, row);
        else
            Embedding.Span.Slice(token * Shape.Hidden, Shape.Hidden).CopyTo(new Span<float>(row, Shape.Hidden));
    }

    private static DecoderLayer Layer(DecoderShape s, Func<string, float[]> tensor, string at)
    {
        int queries = s.Heads * s.HeadSize, keys = s.KvHeads * s.HeadSize;
        float[] Weight(string name, int outputs, int inputs) => Sized(tensor, $"{at}{name}.weight", outputs, inputs);
        float[] Bias(string name, int outputs) => Sized(tensor, $"{at}{name}.bias", outputs);
        Floats Gain(string name, int size) => Copy(Sized(tensor, $"{at}{name}.weight", size));
        return new(
            Gain("input_layernorm", s.Hidden),
            PackedMatrix.Stack(
                s.Hidden,
                [Weight("self_attn.q_proj", queries, s.Hidden), Weight("self_attn.k_proj", keys, s.Hidden), Weight("self_attn.v_proj", keys, s.Hidden)],
                s.QkvBias ? [Bias("self_attn.q_proj", queries), Bias("self_attn.k_proj", keys), Bias("self_attn.v_proj", keys)] : null),
            s.QkNorm ? Gain("self_attn.q_norm", s.HeadSize) : null,
            s.QkNorm ? Gain("self_attn.k_norm", s.HeadSize) : null,
            PackedMatrix.Stack(queries, [Weight("self_attn.o_proj", s.Hidden, queries)], s.OutputBias ? [Bias("self_attn.o_proj", s.Hidden)] : null),
            Gain("post_attention_layernorm", s.Hidden),
            PackedMatrix.Interleave(s.Hidden, Weight("mlp.gate_proj", s.Intermediate, s.Hidden), Weight("mlp.up_proj", s.Intermediate, s.Hidden)),
            PackedMatrix.Stack(s.Intermediate, [Weight("mlp.down_proj", s.Hidden, s.Intermediate)]));
    }

    private static float[] Sized(Func<string, float[]> tensor, string name, params ReadOnlySpan<int> shape)
    {
        var values = tensor(name);
        long expected = 1;
        foreach (var size in shape)
            expected *= size;
        return values.Length == expected
            ? values
            : throw new InvalidModelException($"Tensor {name} has {values.Length} numbers, but the configuration asks for [{string.Join(", ", shape.ToArray())}].");
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

/// <summary>The model's files do not fit together or ask for something the decoder does not compute.</summary>
public sealed class InvalidModelException(string message) : Exception(message);
