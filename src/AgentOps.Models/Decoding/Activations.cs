namespace AgentOps.Models.Decoding;

/// <summary>Rows of f32, each a whole number of panels wide so that tiles are written without a remainder; what lies beyond the real width stays zero or unread.</summary>
internal sealed unsafe class RowBuffer(int rows, int width)
{
    private readonly Floats _values = new((long)rows * Floats.RoundUp(width, PackedMatrix.PanelWidth));

    public int Stride { get; } = Floats.RoundUp(width, PackedMatrix.PanelWidth);

    public float* Row(int row) => _values.Pointer + (long)row * Stride;
}

/// <summary>The intermediate rows of a step.</summary>
internal sealed class Activations(DecoderModel model, int maxRows, int maxSampled)
{
    /// <summary>The residual stream.</summary>
    public RowBuffer Hidden { get; } = new(maxRows, model.Config.HiddenSize);

    public RowBuffer Normalised { get; } = new(maxRows, model.Config.HiddenSize);

    public RowBuffer Qkv { get; } = new(maxRows, model.Config.QueryWidth + 2 * model.Config.KeyValueWidth);

    public RowBuffer Attended { get; } = new(maxRows, model.Config.QueryWidth);

    public RowBuffer Gated { get; } = new(maxRows, model.Config.IntermediateSize);

    /// <summary>The normalised rows that are sampled from.</summary>
    public RowBuffer Final { get; } = new(maxSampled, model.Config.HiddenSize);

    public RowBuffer Logits { get; } = new(maxSampled, model.Config.VocabularySize);
}
